/** Reading TypeScript as text, as far as the architecture test needs it: the code without its comments and strings, and what it imports. */

export type Import = { specifier: string; typesOnly: boolean };

/** A slash after one of these begins a regular expression, not a division. */
const beforeRegex = /(?:^$|[([{,;=:!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|delete|void|throw))\s*$/;

const literal = {
  string: /^(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")/s,
  regex: /^\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/,
  comment: /^(?:\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
};

function startOfTemplateExpression(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '`' || text.startsWith('${', index)) return index;
  }
  return text.length;
}

/** The comment, string or regular expression that begins here. `before`: the code so far, which tells a division from a regular expression. */
function literalAt(source: string, at: number, before: string): RegExpExecArray | null {
  if (!/['"/]/.test(source[at] ?? '')) return null;
  const rest = source.slice(at);
  const found = literal.comment.exec(rest) ?? literal.string.exec(rest);
  return found ?? (beforeRegex.test(before.trimEnd().slice(-12)) ? literal.regex.exec(rest) : null);
}

/** The code with every comment, string, regular expression and template text blanked out; lines stay where they are. */
export function codeOnly(source: string): string {
  let code = '';
  let at = 0;
  /** For each open template expression, how many braces are open inside it. */
  const depths: number[] = [];
  const blank = (to: number): void => {
    code += source.slice(at, to).replace(/[^\n]/g, ' ');
    at = to;
  };
  const template = (from: number): void => {
    const end = startOfTemplateExpression(source, from);
    const opens = source.startsWith('${', end);
    blank(Math.min(source.length, opens ? end + 2 : end + 1));
    if (opens) depths.push(0);
  };
  while (at < source.length) {
    const found = literalAt(source, at, code);
    const depth = depths.at(-1);
    const char = source[at] ?? '';
    if (found !== null) {
      blank(at + found[0].length);
    } else if (char === '`') {
      template(at + 1);
    } else if (char === '}' && depth === 0) {
      depths.pop();
      template(at + 1);
    } else {
      if (depth !== undefined && (char === '{' || char === '}')) depths[depths.length - 1] = depth + (char === '{' ? 1 : -1);
      code += char;
      at += 1;
    }
  }
  return code;
}

const statement = /^(?:import|export)\s+(type\s+)?([^;'"]*?)from\s+['"]([^'"]+)['"]/gm;
const bareImport = /^import\s+['"]([^'"]+)['"]/gm;
const dynamicImport = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

const allNamedAsTypes = (clause: string): boolean => {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  return names?.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim())) ?? false;
};

/** Relies on the formatter: a statement begins its line. */
export function importsOf(source: string): Import[] {
  const statements = [...source.matchAll(statement)].map(([, type, clause = '', specifier = '']) => ({
    specifier,
    typesOnly: type !== undefined || allNamedAsTypes(clause),
  }));
  const others = [...source.matchAll(bareImport), ...source.matchAll(dynamicImport)].map(([, specifier = '']) => ({
    specifier,
    typesOnly: false,
  }));
  return [...statements, ...others];
}
