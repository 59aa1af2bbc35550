// The generated module of migrations is what its generator would write now.
// Whether the SQL itself fits the schema is the aggregates' tests to show.

import { expect, test } from "bun:test";
import Database from "libsql";
import { renderMigrationsIndex } from "../../../scripts/generate-migrations.ts";
import { databasePath } from "../../../src/db/engine/database-path.ts";
import { openEmbedded } from "../../../src/db/engine/embedded.ts";
import { migrate } from "../../../src/db/engine/migrate.ts";
import { migrations } from "../../../src/db/migrations/index.ts";
import { compacted_to } from "../../../src/db/queries/settings.ts";
import { openStore } from "../../../src/db/store.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";

test("the module of migrations is fresh", async () => {
  const { path, content } = await renderMigrationsIndex();
  expect(await Bun.file(new URL(`../../../${path}`, import.meta.url)).text()).toBe(content);
});

test("a database from before copies could be caught up says so: older copies are loaded again", async () => {
  const url = await temporaryDatabaseUrl();
  const driver = await openEmbedded({ url });
  await migrate(driver, migrations.slice(0, 2));
  await driver.close();
  const old = new Database(databasePath(url));
  old.exec("insert into users (id, name, last_online, created_at, seq) values (1, 'Alice', 0, 0, 0)");
  old.exec("insert into servers values (10, 'Old', null, null, 1, 11, 1, 0, 70, null)");
  old.exec("insert into members values (10, 1, null, null, 0, 71, 72, null)");
  old.close();
  const store = await openStore({ url });
  expect(await store.settings.get(compacted_to)).toBe("72");
  expect(await store.rooms.changedSince({ server_id: 10, user_id: 1, since: 0, limit: 1 })).toMatchObject({
    joined_seq: 71,
  });
  await store.close();
  await removeTemporaryDirectories();
});
