/** What a colour says: fine, look at it, broken, at work, or nothing in particular. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'plain';
