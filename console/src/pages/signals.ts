import type { Alert } from '../api/model';
import { said, t } from '../i18n/i18n.svelte';

/** What a signal is called: of a departure a sentence, else the title of what found it. */
export function titleOf(alert: Alert): string {
  const { subject } = alert;
  if (!subject) return alert.title;
  const { product, value, version } = subject;
  const does = said(`lineage.does.${subject.trait_kind}`, { value }, '');
  return does === ''
    ? t('console.signal.departs.unknown', { product, value, version })
    : t('console.signal.departs', { does, product, version });
}

/** A name and a value of evidence. */
export interface Field {
  name: string;
  text: string;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

interface Evidence {
  fields?: { name?: unknown; value?: unknown }[];
  techniques?: unknown;
  score?: { bits?: unknown };
  evidence?: { contrast?: Record<string, unknown> };
}

/** What of the evidence is shown, as far as it has the form that this console knows. */
export function evidenceOf(value: unknown): {
  fields: Field[];
  techniques: string[];
  bits: number | null;
  contrast: { showing: number; of: number; earlier: number; before: number } | null;
} {
  const { evidence, fields, score, techniques } = (value ?? {}) as Evidence;
  const counted = (name: string) => {
    const count = evidence?.contrast?.[name];
    return typeof count === 'number' ? count : 0;
  };
  return {
    fields: (Array.isArray(fields) ? fields : []).map(({ name, value: text }) => ({
      name: String(name),
      text: String(text),
    })),
    techniques: texts(techniques),
    bits: typeof score?.bits === 'number' ? score.bits : null,
    contrast: evidence?.contrast
      ? {
          showing: counted('showing'),
          of: counted('on_release'),
          earlier: counted('on_earlier'),
          before: counted('ever_earlier'),
        }
      : null,
  };
}
