/**
 * Text that stands in generated logs and in no profile: where one of these turns up outside the tenant, a part
 * of a log leaked.
 */
export const logMarks = {
  ip: '203.0.113.',
  userAgent: 'SandboxBrowser',
  hostname: 'login.sandbox-tenant.example',
  clientName: 'Sandbox Shop',
  clientId: 'sandboxShopClientId',
  sessionId: 'log-session-',
  transactionId: 'log-transaction-',
  description: 'sandbox-log-description',
  organization: 'sandbox-log-organization',
} as const;
