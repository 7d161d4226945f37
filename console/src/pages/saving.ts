// Rows as files, made in the browser of what is on the screen.

/** A cell that no spreadsheet takes for a formula. */
function guarded(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
}

/** Rows as RFC 4180 has it. */
export function csvOf(columns: string[], rows: (string | null)[][]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: (string | null)[]) => cells.map((one) => cell(guarded(one ?? ''))).join(',');
  return [line(columns), ...rows.map(line)].map((text) => `${text}\r\n`).join('');
}

/** Rows as JSON objects; columns of one name are told apart by a number. */
export function jsonOf(columns: string[], rows: (string | null)[][]): string {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let number = 2; names.includes(name); number += 1) name = `${column}_${number}`;
    names.push(name);
  }
  const objects = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/** Offers a text to be saved. */
export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
