// What axe has against a page as it stands.

import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe_source = await Bun.file(createRequire(import.meta.url).resolve("axe-core/axe.min.js")).text();

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe_source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}
