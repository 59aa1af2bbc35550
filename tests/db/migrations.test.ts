// The generated module of migrations is what its generator would write now.
// Whether the SQL itself fits the schema is the aggregates' tests to show.

import { expect, test } from "bun:test";
import { renderMigrationsIndex } from "../../scripts/generate-migrations.ts";

test("the module of migrations is fresh", async () => {
  const { path, content } = await renderMigrationsIndex();
  expect(await Bun.file(new URL(`../../${path}`, import.meta.url)).text()).toBe(content);
});
