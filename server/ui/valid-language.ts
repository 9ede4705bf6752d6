import { readerLocale } from './locale';

// uPlot passes navigator.language to Intl when it is loaded, and throws where it is not a valid tag.
Object.defineProperty(navigator, 'language', { value: readerLocale(), configurable: true });
