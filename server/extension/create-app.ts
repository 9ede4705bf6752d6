import express, { type Express } from 'express';

/** The extension's page and its doors. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response) => {
    response.status(404).json({ error: 'not_found', message: 'There is nothing at this address.' });
  });
  return app;
}
