import type { Plugin as BuildPlugin } from 'esbuild';
import type { Plugin as VitePlugin } from 'vitest/config';

export const inlinedFiles: ReadonlySet<string>;
export const inlinePage: BuildPlugin;
export function inlinePageForVitest(root: string): VitePlugin;
