import type { FittedProfile } from './fit-profile';

/** What is said about a user of whom nothing is known. */
export const noProfile: FittedProfile = { json: Buffer.from('{}'), dropped: [] };
