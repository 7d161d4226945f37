import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Tokens = Record<string, string>;

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Colours of each theme, by its name. */
function themes(): Record<string, Tokens> {
  const blocks = [...css.matchAll(/\[data-theme='([a-z]+)'\] \{([^}]+)\}/g)];
  return Object.fromEntries(
    blocks.map(([, name = '', body = '']) => [
      name,
      Object.fromEntries(
        [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, token = '', value = '']) => [
          token,
          value,
        ]),
      ),
    ]),
  );
}

/** Relative luminance. Source: WCAG 2.2. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['bg', 'surface', 'raised', 'hover', 'chosen'];
const verdicts = ['hit', 'clear', 'unknown', 'na'];
const severities = ['critical', 'high', 'medium', 'low', 'informational'];
const pairs = (fronts: string[], backs: string[]) =>
  fronts.flatMap((front) => backs.map((back) => [front, back] as const));
const text = [
  ...pairs(['text', 'muted', 'link', ...verdicts, ...severities], grounds),
  ...verdicts.flatMap((verdict) => pairs([verdict, 'text', 'muted'], [`${verdict}-bg`])),
  ...pairs(['on-accent'], ['accent']),
];
const marks = pairs(['edge', 'accent', 'focus'], grounds);

describe.each(Object.entries(themes()))('theme %s', (_, tokens) => {
  const at = (token: string) => tokens[token] ?? `--${token} is missing`;

  it.each(text)('text %s on %s reads', (front, back) => {
    expect(contrast(at(front), at(back))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(marks)('mark %s on %s is seen', (front, back) => {
    expect(contrast(at(front), at(back))).toBeGreaterThanOrEqual(3);
  });
});

it('has every theme, and every theme every colour', () => {
  const all = themes();
  expect(Object.keys(all)).toEqual(['light', 'dark', 'contrast']);
  const names = Object.values(all).map((tokens) => Object.keys(tokens));
  expect(names[1]).toEqual(names[0]);
  expect(names[2]).toEqual(names[0]);
});

it('measures contrast as the standard does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
});
