// Walks the demo in a real browser as every role, without scripts: every page a link leads to must answer, hold one
// heading, stay small and pass axe-core; then people act by keyboard. Screenshots go to the folder named last.
// Usage: node walk.mjs BINARY SCREENSHOTS
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [binary, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LARGEST = 100 * 1024;
const data = mkdtempSync(join(tmpdir(), 'forewarn-walk-'));
mkdirSync(pictures, { recursive: true });

let passed = 0;
const faults = [];
const check = (holds, what) => { if (holds) passed += 1; else { faults.push(what); console.error(`FAULT ${what}`); } };

/** Starts the demo and waits for its sign-in links. */
function demo() {
  const child = spawn(binary, ['demo', '--data', join(data, 'demo'), '--listen', '127.0.0.1:0']);
  return new Promise((resolve, reject) => {
    let said = '';
    child.on('exit', () => reject(new Error(`the demo ended early: ${said}`)));
    child.stdout.on('data', (part) => {
      said += part;
      const links = [...said.matchAll(/^ {2}(.+?) +(http:\S+link=\S+)$/gm)].map(([, name, link]) => ({ name, link }));
      if (links.length >= 8) resolve({ child, links });
    });
  });
}

/** A page is right when it answers, has one heading and a title, is small, and axe finds nothing. */
async function inspect(page, response, where) {
  check(response.status() === 200, `${where} answers ${response.status()}`);
  check((await page.locator('h1').count()) === 1, `${where} has not one h1`);
  check((await page.title()).length > 3, `${where} has no title`);
  check((await response.body()).length < LARGEST, `${where} is larger than ${LARGEST} bytes`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document));
  for (const v of found.violations) {
    check(false, `${where}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.target).join(' ')}`);
  }
  check(found.passes.length > 5, `${where}: axe looked at nothing`);
}

/** Follows every link of the site from the start page. */
async function walk(page, base, role) {
  const open = ['/'];
  const seen = new Set(open);
  while (open.length > 0) {
    const path = open.shift();
    const response = await page.goto(base + path);
    if (!(response.headers()['content-type'] ?? '').includes('html')) continue;
    await inspect(page, response, `${role} ${path}`);
    const file = `${role}${path.replace(/[0-9a-f-]{36}/g, 'id').replace(/[^a-z0-9]+/gi, '-')}.png`;
    await page.screenshot({ path: join(pictures, file), fullPage: true });
    for (const href of await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
      const next = href.split('#')[0];
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  return seen;
}

const { child, links } = await demo();
const base = new URL(links[0].link).origin;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const views = [['desktop', { viewport: { width: 1200, height: 800 } }],
  ['phone-dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }]];

try {
  for (const { name, link } of [{ name: 'nobody', link: `${base}/` }, ...links]) {
    const role = name.split(' ')[0].toLowerCase();
    // Signing in and acting needs no script; only axe, which is put into the page from outside, does.
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const page = await plain.newPage();
    await page.goto(link);
    if (role !== 'nobody') {
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).press('Enter');
      check((await page.locator('.who span').innerText()).includes(name.split(',')[0]), `${role} is not signed in`);
    }
    const state = await plain.storageState();
    for (const [view, options] of views) {
      const context = await browser.newContext({ ...options, storageState: state, bypassCSP: true });
      const seen = await walk(await context.newPage(), base, `${view}-${role}`);
      console.log(`${role}, ${view}: ${seen.size} links followed`);
      await context.close();
    }
    if (role === 'amir') await hospital(page);
    if (role === 'ada') await coordinator(page);
    if (role === 'joan') await bystander(page);
    await plain.close();
  }
} finally {
  await browser.close();
  child.removeAllListeners('exit');
  child.kill();
  rmSync(data, { recursive: true, force: true });
}

/** The hospital reports by keyboard alone. */
async function hospital(page) {
  await page.goto(`${base}/notices`);
  await page.locator('main a').first().press('Enter');
  await page.getByLabel('What have you done?').selectOption('done');
  await page.getByLabel(/^Note/).fill('Updated at night.');
  await page.getByRole('button', { name: 'Report' }).press('Enter');
  check((await page.locator('.chip').first().innerText()) === 'done', 'the hospital reported, and the page does not say so');
  check((await page.locator('main').innerText()).includes('Updated at night.'), 'the note is not shown');
}

/** A coordinator opens a case from a waiting finding. */
async function coordinator(page) {
  await page.goto(`${base}/findings`);
  await page.getByRole('row', { name: /received/ }).first().getByRole('link').press('Enter');
  await page.getByRole('button', { name: 'Open a case from this finding' }).press('Enter');
  check(page.url().includes('/cases/'), `opening a case led to ${page.url()}`);
  check((await page.locator('.chip').first().innerText()) === 'open', 'the new case is not open');
}

/** The unaffected operator has nothing, and is told how notices come to be. */
async function bystander(page) {
  await page.goto(`${base}/notices`);
  check((await page.locator('main').innerText()).includes('There is no notice for you'), 'the empty inbox explains nothing');
}

console.log(`${passed} passed, ${faults.length} failed`);
process.exit(faults.length === 0 && passed > 100 ? 0 : 1);
