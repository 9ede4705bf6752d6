/**
 * The ids that a query of the shape `user_id:("a" OR "b")` asks for, quoted ids unescaped as Lucene does it.
 * A single quoted id and several such clauses joined by OR are understood too; anything else is `undefined`.
 */
export function parseUserQuery(query: string): string[] | undefined {
  const tokens = tokensOf(query);
  if (tokens === undefined) return undefined;
  const ids: string[] = [];
  let at = 0;
  const next = (kind: Token['kind']) => {
    const token = tokens[at];
    if (token?.kind !== kind) return undefined;
    at++;
    return token;
  };
  const list = (item: () => boolean): boolean => {
    do {
      if (!item()) return false;
    } while (next('or'));
    return true;
  };
  const id = () => {
    const token = next('text');
    if (token) ids.push(token.text);
    return token !== undefined;
  };
  const clause = () => {
    if (!next('field')) return false;
    if (!next('open')) return id();
    return list(id) && next('close') !== undefined;
  };
  return list(clause) && at === tokens.length ? ids : undefined;
}

interface Token {
  kind: 'field' | 'open' | 'close' | 'or' | 'text';
  text: string;
}

const TOKEN =
  /\s*(?:(?<field>user_id:)|(?<open>\()|(?<close>\))|(?<or>OR\b)|"(?<text>(?:[^"\\]|\\.)*)")\s*/suy;

function tokensOf(query: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const groups = TOKEN.exec(query)?.groups;
    if (groups === undefined) return undefined;
    const { field, open, close, or, text } = groups;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/gsu, '$1') });
    else if (field) tokens.push({ kind: 'field', text: field });
    else if (open) tokens.push({ kind: 'open', text: open });
    else if (close) tokens.push({ kind: 'close', text: close });
    else tokens.push({ kind: 'or', text: or ?? '' });
  }
  return tokens;
}
