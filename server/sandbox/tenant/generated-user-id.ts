/** Ids that break naive URLs and search queries: spaces, quotes, backslashes, more bars, other scripts. */
const ODD_SHAPES: readonly ((tail: string) => string)[] = [
  (tail) => `auth0|with space ${tail}`,
  (tail) => `auth0|with "quotes" ${tail}`,
  (tail) => `ad|DOMAIN\\user ${tail}`,
  (tail) => `samlp|acme-corp|jürgen.müller@acme.example|${tail}`,
  (tail) => `oidc|日本語-ユーザー-${tail}`,
  (tail) => `custom|\\"both\\" (a OR b) AND * ${tail}`,
  (tail) => `custom|a/b?c=d&e#f%20g+h ${tail}`,
  (tail) => `auth0|${tail}\\`,
];

/** The id of the generated user at `index`; every eighth is of an odd shape. */
export function generatedUserId(index: number): string {
  const tail = index.toString(16).padStart(8, '0');
  switch (index % 8) {
    case 1:
    case 5:
      return (
        `google-oauth2|10${(index * 7919) % 1_000_000_000}`.padEnd(25, '0') + String(index).padStart(10, '0')
      );
    case 3: {
      const shape = ODD_SHAPES[(index >> 3) % ODD_SHAPES.length] ?? ((text: string) => `auth0|${text}`);
      return shape(tail);
    }
    case 7:
      return `facebook|1022${(index * 104_729) % 10_000}`.padEnd(20, '0') + String(index).padStart(10, '0');
    default:
      return `auth0|65a5f0c2e4b07d31${tail}`;
  }
}
