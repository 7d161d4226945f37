// `khien demo` as somebody starts it: a simulated organisation behind the real server, on a port of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The program: KHIEN_BIN, else what `cargo build` leaves. */
export const PROGRAM =
  process.env.KHIEN_BIN ?? join(import.meta.dirname, '../../../target/debug/khien');
/** Without it there is nothing to test: a clone that was never built. */
export const isThere = existsSync(PROGRAM);

/** Few hosts, and as few days as the incident takes: what a debug build stores within a minute. */
const SIZE = ['--hosts', '50', '--days', '40', '--seed', '42'];
const START_MS = 170_000;
const END_MS = 20_000;
/** Bound: what is kept of its messages, to be shown when it fails. */
const TOLD_MAX = 8_000;

export interface Demo {
  /** Its address. */
  url: string;
  /** The link that makes the first account, once. */
  setup: string;
  /** Ends it as Ctrl-C does. Its exit code. */
  end: () => Promise<number | null>;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode);
    else child.once('exit', done);
  });
}

async function end(child: ChildProcess): Promise<number | null> {
  const exit = exitOf(child);
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  const code = await exit;
  clearTimeout(late);
  return code;
}

export async function startDemo(): Promise<Demo> {
  const given = ['demo', '--json', '--no-progress', '--listen', '127.0.0.1:0', ...SIZE];
  const child = spawn(PROGRAM, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (part: Buffer) => {
    told = `${told}${part.toString('utf8')}`.slice(-TOLD_MAX);
  });
  const lines = createInterface({ input: child.stdout });
  const first = new Promise<string>((done, fail) => {
    lines.once('line', done);
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`khien demo ended with ${code}: ${told}`)));
    const late = () => fail(new Error(`khien demo told no address in time: ${told}`));
    setTimeout(late, START_MS).unref();
  });
  try {
    const { url, setup } = JSON.parse(await first) as { url: string; setup: string };
    return { url: url.replace(/\/$/, ''), setup, end: () => end(child) };
  } catch (thrown) {
    await end(child);
    throw thrown;
  }
}
