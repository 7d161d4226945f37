// After the bundler: compresses what is worth it, holds the size gates, and writes the stamp that
// crates/khien-console asks for. The stamp comes last: a build that broke half-way has none.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const KB = 1000;
/** Gates, in bytes after gzip except the last. Source: the aims for speed in docs/console.md. */
const FIRST_MAX = 60 * KB;
const CHUNK_MAX = 60 * KB;
const ALL_MAX = 1500 * KB;
const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt']);
const STAMP = '.stamp';

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const found = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
  return found.sort();
}

/** @param {string} folder */
export function compress(folder) {
  for (const path of filesBelow(folder).filter((path) => TEXT.has(extname(path)))) {
    const bytes = readFileSync(path);
    if (bytes.length < 512) continue;
    const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

/**
 * What the page loads before anything is drawn: scripts and preloaded modules of index.html.
 * @param {string} folder
 */
export function measure(folder) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const first = [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1] ?? '');
  const scripts = filesBelow(folder).filter((path) => path.endsWith('.js'));
  /** @param {string} path */
  const zipped = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
  const chunks = scripts.map((path) => ({ name: relative(folder, path), bytes: zipped(path) }));
  const all = filesBelow(folder).filter((path) => !path.endsWith(STAMP));
  return {
    first: chunks.filter(({ name }) => first.includes(name)).reduce((sum, c) => sum + c.bytes, 0),
    firstCount: first.length,
    chunks,
    all: all.reduce((sum, path) => sum + statSync(path).size, 0),
  };
}

/** @param {ReturnType<typeof measure>} sizes */
export function tooLarge(sizes) {
  const complaints = [];
  /** @param {number} bytes */
  const kB = (bytes) => `${(bytes / KB).toFixed(1)} kB`;
  if (sizes.firstCount === 0)
    complaints.push('index.html loads no script: the gate measures nothing');
  if (sizes.first > FIRST_MAX)
    complaints.push(`first scripts: ${kB(sizes.first)} of ${kB(FIRST_MAX)}`);
  for (const { name, bytes } of sizes.chunks) {
    if (bytes > CHUNK_MAX) complaints.push(`${name}: ${kB(bytes)} of ${kB(CHUNK_MAX)}`);
  }
  if (sizes.all > ALL_MAX) complaints.push(`all files: ${kB(sizes.all)} of ${kB(ALL_MAX)}`);
  return complaints;
}

/**
 * A digest over names and bytes.
 * @param {string} folder
 */
export function digest(folder) {
  const hash = createHash('sha256');
  for (const path of filesBelow(folder).filter((path) => !path.endsWith(STAMP))) {
    const bytes = readFileSync(path);
    hash.update(`${relative(folder, path)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

if (process.argv[1]?.endsWith('finish.mjs')) {
  const folder = process.env.KHIEN_CONSOLE_OUT ?? 'dist';
  if (folder === 'dist') rmSync(join('stamp', 'dist'), { force: true });
  compress(folder);
  const sizes = measure(folder);
  const complaints = tooLarge(sizes);
  if (complaints.length > 0) {
    console.error(`The console is too large:\n  ${complaints.join('\n  ')}`);
    process.exit(1);
  }
  const stamp = digest(folder);
  writeFileSync(join(folder, STAMP), `${stamp}\n`);
  // What is embedded; builds into other folders are for comparing.
  if (folder === 'dist') writeFileSync(join('stamp', 'dist'), `${stamp}\n`);
  const largest = Math.max(...sizes.chunks.map(({ bytes }) => bytes));
  console.log(
    `console: first scripts ${(sizes.first / KB).toFixed(1)} kB, largest chunk ${(largest / KB).toFixed(1)} kB (gzip); ` +
      `all files ${(sizes.all / KB).toFixed(0)} kB; ${stamp.slice(0, 12)}`,
  );
}
