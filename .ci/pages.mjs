// Opens pages of runs in headless Chromium: nothing is fetched, nothing is complained about, everybody can read them.
//
// node .ci/pages.mjs FOLDER PAGE.html…   FOLDER gets the screenshots. playwright-core and axe-core are found by NODE_PATH.

import { createRequire } from "node:module";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_PATH ?? process.cwd(), "x"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [folder, ...pages] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const LOOKS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true },
};
const SIZE_MAX = 1_500_000;

const problems = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

for (const path of pages) {
  const url = pathToFileURL(resolve(path)).href;
  const name = basename(path, ".html");
  const say = (what) => problems.push(`${name}: ${what}`);
  if (statSync(path).size > SIZE_MAX) say(`has ${statSync(path).size} bytes`);

  for (const [look, options] of Object.entries(LOOKS)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on("request", (request) => { if (request.url() !== url) say(`${look}: fetches ${request.url()}`); });
    page.on("console", (message) => say(`${look}: ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => say(`${look}: ${error}`));
    await page.goto(url);
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
    await page.screenshot({ path: join(folder, `${name}-${look}-whole.png`), fullPage: true });
    // A phone's window grows with what is too wide for it.
    const wide = await page.evaluate(() => document.documentElement.scrollWidth) - page.viewportSize().width;
    if (wide > 0) say(`${look}: is ${wide} px wider than the window`);
    // Pages of many runs have no cursor.
    if (look === "light" && await page.$("#cursor-at") !== null) {
      // Arrow keys move the cursor, and what it says moves with it.
      await page.focus("#cursor-at");
      const before = await page.textContent("#cursor-now");
      await page.keyboard.press("ArrowRight");
      if (await page.textContent("#cursor-now") === before) say("the cursor does not move");
      await page.click("#cursor-in");
      await page.screenshot({ path: join(folder, `${name}-zoomed.png`) });
      await page.click("#cursor-whole");
    }
    if (look === "light") await page.pdf({ path: join(folder, `${name}.pdf`), format: "A4", printBackground: false });
    await context.close();
  }

  // The page lets no script run but its own, axe's neither: only for this it may.
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ bypassCSP: true, colorScheme });
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const { id, impact, help, nodes } of violations) {
      const where = nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ");
      say(`${colorScheme}: ${impact} ${id}: ${help} (${where})`);
    }
    await context.close();
  }
  console.log(`${name}: ${statSync(path).size} bytes`);
}

await browser.close();
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
