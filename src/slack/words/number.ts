/** A number with thousands set apart. */
export const number = (value: number): string => value.toLocaleString('en-US');
