// Vite plugin: collects the licence texts of every package that ends up in the bundle, fonts included, because
// their licences ask that the text travels with the copy.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MARK = '/node_modules/';

/**
 * The folder of the package that a module belongs to.
 * @param {string} id
 */
function packageOf(id) {
  const path = id.replaceAll('\\', '/').split('?')[0] ?? '';
  const at = path.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const parts = path.slice(at + MARK.length).split('/');
  const name = parts[0]?.startsWith('@') ? `${parts[0]}/${parts[1]}` : parts[0];
  return path.slice(0, at + MARK.length) + name;
}

/** @param {string} folder */
function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file) throw new Error(`${name} ${version} has no licence file; its text has to be shipped`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

/** @returns {import('vite').Plugin} */
export function notices() {
  return {
    name: 'khien-notices',
    apply: 'build',
    generateBundle(_, bundle) {
      const ids = [...this.getModuleIds()];
      // Fonts come in through style sheets, whose assets are no modules.
      const fonts = Object.values(bundle).some((file) => file.fileName.endsWith('.woff2'));
      if (fonts) ids.push(join(process.cwd(), 'node_modules/@fontsource/be-vietnam-pro/x'));
      const folders = new Set(ids.map(packageOf).filter((folder) => folder !== undefined));
      // Vite's own few lines for loading chunks are in every bundle.
      folders.add(join(process.cwd(), 'node_modules/vite'));
      const texts = [...folders].filter((folder) => existsSync(folder)).sort();
      const head = 'Parts of this console by others, and their licences.\n';
      const source = [head, ...texts.map(ours)].join(`\n${'-'.repeat(72)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'third-party.txt', source });
    },
  };
}

/**
 * Vite's licence file lists all that it bundles itself; only its own part is in our bundle.
 * @param {string} folder
 */
function ours(folder) {
  const text = notice(folder);
  const end = text.indexOf('\n# Licenses of bundled dependencies');
  return end < 0 ? text : `${text.slice(0, end).trim()}\n`;
}
