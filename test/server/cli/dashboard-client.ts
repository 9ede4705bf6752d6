/** Asks a Dashboard as its page does. */
export interface DashboardClient {
  /** Resolves with the status of the answer. */
  post(path: string, body: object): Promise<number>;
}

/** Makes a client of the Dashboard at an address. */
export async function dashboardClient(url: string): Promise<DashboardClient> {
  const { csrfToken } = (await (await fetch(`${url}/api/session`)).json()) as { csrfToken: string };
  return {
    post: async (path, body) => {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': csrfToken };
      const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      await response.text();
      return response.status;
    },
  };
}
