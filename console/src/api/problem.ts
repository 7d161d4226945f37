/** What a server says went wrong. Source: RFC 9457. `code` is a stable word that the console has its own text for. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    /** What is wrong with which field of a form, by the field's name. */
    readonly fields: Record<string, string> = {},
    /** Seconds after which to try again, if the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail || code);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the body of a refused request. Anything that is no problem document still becomes a problem. */
export function toProblem(status: number, body: unknown, retryAfter: string | null): Problem {
  const given = isRecord(body) ? body : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const seconds = Number(retryAfter);
  return new Problem(
    status,
    text(given.code) || `http-${status}`,
    text(given.detail) || text(given.title),
    fieldsOf(given.fields),
    retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
  );
}

/** Fields come as an object or as a list of `{name|field, code|detail}`. */
function fieldsOf(fields: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  if (Array.isArray(fields)) {
    for (const entry of fields.filter(isRecord)) {
      const name = entry.name ?? entry.field;
      if (typeof name === 'string') found[name] = String(entry.code ?? entry.detail ?? '');
    }
  } else if (isRecord(fields)) {
    for (const [name, value] of Object.entries(fields)) found[name] = String(value);
  }
  return found;
}

/** Anything that was thrown, as a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem(0, 'console', thrown instanceof Error ? thrown.message : String(thrown));
}
