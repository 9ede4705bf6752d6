import type { ManifestSetting } from './manifest';

/** What the platform would pass by itself at installation: here somebody has to say it. */
export const tenantSettings: Readonly<Record<string, ManifestSetting>> = {
  AUTH0_DOMAIN: {
    description: 'The domain of your Auth0 tenant, such as example.eu.auth0.com.',
    required: true,
  },
  AUTH0_CLIENT_ID: {
    description:
      'Client ID of a machine-to-machine application of that tenant, authorized for the Management API with read:logs and read:users.',
    required: true,
  },
  AUTH0_CLIENT_SECRET: {
    description: 'The secret of that application.',
    type: 'password',
    required: true,
  },
};
