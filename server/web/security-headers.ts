import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { PageAssets } from './http';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The headers of every answer. The page runs the one script and shows the one style that were built for it;
 * nothing comes from anywhere else, nothing is kept by a cache, nobody puts the page into a frame.
 */
export function secureHeaders({ script, style }: PageAssets): RequestHandler {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': [hashOf(script)],
        'style-src': [hashOf(style)],
        'connect-src': ["'self'"],
        'img-src': ['data:'],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
        'require-trusted-types-for': ["'script'"],
        'trusted-types': ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
  });
  return (request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('vary', 'cookie, accept');
    secure(request, response, next);
  };
}
