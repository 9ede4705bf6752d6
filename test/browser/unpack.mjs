// Unpacks the Chromium from npm into TMPDIR. The package adds the system libraries that Chromium needs where it
// takes itself to be on AWS Lambda, for which it is made; elsewhere they may be missing just as well.
process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x';
const { default: chromium } = await import('@sparticuz/chromium');
await chromium.executablePath();
