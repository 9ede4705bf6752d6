/** Paths of the files in what was built to stand inside the bundle, counted from the root. */
export const inlinedFiles = new Set();
