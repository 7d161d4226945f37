import type { Story, StoryKind, StoryNode } from '../../api/model';
import { plain } from '../../components/untrusted';
import { t } from '../../i18n/i18n.svelte';

/** What a node is called: `+21 hosts` where it stands for several. */
export function labelOf(node: StoryNode): string {
  return node.folded > 0
    ? t('console.case.node.folded', {
        count: node.folded,
        kind: t(`console.case.node.${node.kind}`).toLowerCase(),
      })
    : node.label;
}

/** A label as two lines at most: what stands at the end of a path tells most, else what stands at the beginning. */
export function linesOf(text: string, most: number): string[] {
  const all = [...plain(text)];
  if (all.length <= most) return [all.join('')];
  const isPath = /[\\/].*[\\/]/.test(text);
  const whole = all.length <= 2 * most - 2;
  const kept = whole
    ? all
    : isPath
      ? ['…', ...all.slice(3 - 2 * most)]
      : [...all.slice(0, 2 * most - 3), '…'];
  // The first line ends where a word or else a part of a name does, if the rest then fits the second.
  const first = kept.slice(0, most);
  const ends = [/\s/, /[\s\\/.:-]/]
    .map((sign) => first.findLastIndex((character) => sign.test(character)) + 1)
    .find((at) => at > 0 && kept.length - at <= most);
  const at = ends ?? most;
  return [kept.slice(0, at).join('').trimEnd(), kept.slice(at).join('')];
}

/** What a node leads to. */
export function stepsOf(story: Story, id: string): StoryNode[] {
  const to = new Set(story.edges.filter(({ from }) => from === id).map((edge) => edge.to));
  return story.nodes.filter((node) => to.has(node.id));
}

/** The story in the order in which it was seen: the moments, and at which of them each node is there. */
export interface Frames {
  times: string[];
  /** The number of the moment from which on a node is there. */
  since: Map<string, number>;
}

/**
 * Each node is there from the first sighting of the alerts that tell of it on. One that no alert tells of comes with the
 * first of those that it is connected to. `firsts` says when each alert was first seen.
 */
export function framesOf(story: Story, firsts: ReadonlyMap<string, string>): Frames {
  const seen = new Map<string, string>();
  for (const { id, alerts } of story.nodes) {
    const own = alerts.flatMap((alert) => firsts.get(alert) ?? []).sort();
    if (own[0] !== undefined) seen.set(id, own[0]);
  }
  const times = [...new Set(seen.values())].sort();
  const since = new Map<string, number>();
  for (const { id } of story.nodes) {
    const own = seen.get(id);
    const near = story.edges.flatMap(({ from, to }) =>
      from === id ? (seen.get(to) ?? []) : to === id ? (seen.get(from) ?? []) : [],
    );
    const first = own ?? near.sort()[0];
    since.set(id, first === undefined ? 0 : times.indexOf(first));
  }
  return { times, since };
}

/**
 * Where an arrow key leads from a node: to the right and left along the steps (to what lies nearest), up and down
 * within the column, over its ends.
 */
export function walk(story: Story, from: string, key: string): string | undefined {
  const here = story.nodes.find(({ id }) => id === from);
  if (!here) return undefined;
  if (key === 'ArrowRight' || key === 'ArrowLeft') {
    const ids = new Set(
      story.edges.flatMap((edge) => {
        if (key === 'ArrowRight') return edge.from === from ? [edge.to] : [];
        return edge.to === from ? [edge.from] : [];
      }),
    );
    const far = (node: StoryNode) => Math.abs(node.x - here.x) * 10 + Math.abs(node.y - here.y);
    const near = story.nodes.filter(({ id }) => ids.has(id)).sort((a, b) => far(a) - far(b));
    return near[0]?.id;
  }
  const column = story.nodes.filter((node) => node.x === here.x).sort((a, b) => a.y - b.y);
  const at = column.indexOf(here);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[key];
  if (to !== undefined) return column.at(to === column.length ? 0 : to)?.id;
  if (key === 'Home') return story.nodes[0]?.id;
  if (key === 'End') return story.nodes.at(-1)?.id;
  return undefined;
}

/** Shape = kind. Drawn in a box of 16 by 16. */
export const NODE_SHAPES: Record<StoryKind, string> = {
  intel: 'M4.500 2h7L15 8l-3.500 6h-7L1 8z',
  signer: 'M8 2.500c4 0 7 2.400 7 5.500s-3 5.500-7 5.500S1 11.100 1 8s3-5.500 7-5.500z',
  version: 'M1.500 4h13v8h-13z',
  file: 'M3 1.500h7l3 3v10H3z',
  host: 'M2 2h12v12H2z',
  process: 'M3 2l11 6-11 6z',
  network: 'M8 1l7 7-7 7-7-7z',
};
