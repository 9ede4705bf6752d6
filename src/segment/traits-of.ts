import type { FittedProfile } from './fit-profile';
import type { SegmentUser } from './to-segment-user';

/** The traits of an identify call: the profile, and what Segment's reserved names mean of it. */
export function traitsOf({ properties, traits }: Pick<SegmentUser, 'properties' | 'traits'>): FittedProfile {
  if (typeof traits !== 'string') return traits;
  if (traits === '') return properties;
  const comma = properties.json.length > '{}'.length ? ',' : '';
  return {
    json: Buffer.concat([Buffer.from(`{${traits}${comma}`), properties.json.subarray('{'.length)]),
    dropped: [],
  };
}
