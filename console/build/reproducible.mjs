// Builds twice into folders of their own and compares every byte by the stamp.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'khien-console-'));
try {
  const stamps = ['one', 'two'].map((name) => {
    const out = join(folder, name);
    execFileSync('npm', ['run', '--silent', 'build'], {
      env: { ...process.env, KHIEN_CONSOLE_OUT: out },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(join(out, '.stamp'), 'utf8').trim();
  });
  if (stamps[0] !== stamps[1]) throw new Error(`two builds differ: ${stamps.join(' and ')}`);
  console.log(`two builds are equal: ${stamps[0]}`);
} finally {
  rmSync(folder, { recursive: true });
}
