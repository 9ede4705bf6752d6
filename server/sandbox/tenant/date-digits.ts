/** The 17 digits of an instant, `YYYYMMDDhhmmssmmm`, which sort as time does. */
export function dateDigits(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return (
    iso.slice(0, 4) +
    iso.slice(5, 7) +
    iso.slice(8, 10) +
    iso.slice(11, 13) +
    iso.slice(14, 16) +
    iso.slice(17, 19) +
    iso.slice(20, 23)
  );
}
