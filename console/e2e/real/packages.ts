// Two releases of one small package, written here and inert: the second one runs something when it is installed.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** One file of an archive. Source: POSIX.1-1988, ustar. */
function entry(name: string, text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const put = (at: number, field: string) => void Buffer.from(field, 'latin1').copy(head, at);
  put(0, name);
  put(100, octal(0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(body.length, 12));
  put(136, octal(499_162_500, 12));
  put(148, ' '.repeat(8));
  put(156, '0');
  put(257, 'ustar\0' + '00');
  const sum = head.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  return Buffer.concat([head, body, padding]);
}

export interface Release {
  name: string;
  bytes: Buffer;
  sha256: string;
}

function pack(name: string, version: string, files: Record<string, string>): Release {
  const entries = Object.entries(files).map(([path, text]) => entry(`package/${path}`, text));
  const bytes = gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name: `${name}-${version}.tgz`, bytes, sha256 };
}

/** A release that is trusted, and the one that follows it. */
export function releases(name: string): { before: Release; after: Release } {
  const manifest = (version: string, more: object) =>
    JSON.stringify({ name, version, description: 'Notes.', main: 'index.js', ...more }, null, 2);
  const code = 'exports.note = (text) => ({ text, at: new Date() });\n';
  const before = pack(name, '1.0.0', {
    'package.json': manifest('1.0.0', {}),
    'index.js': code,
    'README.md': '# Notes\n',
  });
  const after = pack(name, '1.0.1', {
    'package.json': manifest('1.0.1', { scripts: { postinstall: 'node setup.js' } }),
    'index.js': code,
    'README.md': '# Notes\n',
    'setup.js': 'console.log("set up");\n',
  });
  return { before, after };
}
