import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../../support/browser.ts';
import { startSurface, type Surface } from '../../support/surface.ts';

/** Fetching a browser takes its time, once. */
const FETCHED_WITHIN_MS = 300_000;

let surface: Surface;
let browser: Browser;
beforeAll(async () => {
  surface = await startSurface();
  browser = await Browser.start();
}, FETCHED_WITHIN_MS);
afterAll(async () => {
  await browser.close();
  await surface.close();
});

describe('in a browser, under the policies that the server sends,', () => {
  it('the REST documentation lists operations and complains of nothing', async () => {
    await browser.open(`http://${surface.address}/docs`);
    await browser.until("document.querySelectorAll('.opblock').length > 80");
    expect(browser.complaints).toEqual([]);
  });

  it('GraphiQL asks with a token, shows the answer and complains of nothing', async () => {
    const query = encodeURIComponent('{ me { id name } }');
    await browser.open(`http://${surface.address}/docs/graphql?query=${query}`);
    await browser.click('.graphiql-editor-tools button[data-name=headers]');
    await browser.click('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines');
    await browser.retype(JSON.stringify({ Authorization: `Bearer ${surface.adminToken}` }));
    await browser.click('button.graphiql-execute-button');
    await browser.until("document.querySelector('.result-window').innerText.includes('Installation')");
    // It asks for the schema before it has a token.
    expect(browser.complaints.filter((one) => !one.includes('status of 401'))).toEqual([]);
  });
});
