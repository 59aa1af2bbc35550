// Every migration in the order it is applied, as text inside the program.
// Made by scripts/generate-migrations.ts from drizzle-kit's journal; must not be edited by hand.

import type { Migration } from "../engine/migrate.ts";
import m0000_init from "./0000_init.sql" with { type: "text" };
import m0001_derived from "./0001_derived.sql" with { type: "text" };
import m0002_sync from "./0002_sync.sql" with { type: "text" };
import m0003_commits from "./0003_commits.sql" with { type: "text" };
import m0004_search from "./0004_search.sql" with { type: "text" };
import m0005_audit from "./0005_audit.sql" with { type: "text" };
import m0006_people from "./0006_people.sql" with { type: "text" };
import m0007_login_places from "./0007_login_places.sql" with { type: "text" };
import m0008_upload_ids from "./0008_upload_ids.sql" with { type: "text" };
import m0009_operators from "./0009_operators.sql" with { type: "text" };
import m0010_accounts from "./0010_accounts.sql" with { type: "text" };
import m0011_account_notices from "./0011_account_notices.sql" with { type: "text" };
import m0012_ends from "./0012_ends.sql" with { type: "text" };
import m0013_arrivals from "./0013_arrivals.sql" with { type: "text" };
import m0014_conversations from "./0014_conversations.sql" with { type: "text" };
import m0015_files from "./0015_files.sql" with { type: "text" };
import m0016_notifications from "./0016_notifications.sql" with { type: "text" };
import m0017_order from "./0017_order.sql" with { type: "text" };
import m0018_webhooks from "./0018_webhooks.sql" with { type: "text" };
import m0019_mentions from "./0019_mentions.sql" with { type: "text" };
import m0020_bots from "./0020_bots.sql" with { type: "text" };
import m0021_push from "./0021_push.sql" with { type: "text" };
import m0022_joins from "./0022_joins.sql" with { type: "text" };

export const migrations: readonly Migration[] = [
  {
    tag: "0000_init",
    sql: m0000_init,
  },
  {
    tag: "0001_derived",
    sql: m0001_derived,
  },
  {
    tag: "0002_sync",
    sql: m0002_sync,
  },
  {
    tag: "0003_commits",
    sql: m0003_commits,
  },
  {
    tag: "0004_search",
    sql: m0004_search,
  },
  {
    tag: "0005_audit",
    sql: m0005_audit,
  },
  {
    tag: "0006_people",
    sql: m0006_people,
  },
  {
    tag: "0007_login_places",
    sql: m0007_login_places,
  },
  {
    tag: "0008_upload_ids",
    sql: m0008_upload_ids,
  },
  {
    tag: "0009_operators",
    sql: m0009_operators,
  },
  {
    tag: "0010_accounts",
    sql: m0010_accounts,
  },
  {
    tag: "0011_account_notices",
    sql: m0011_account_notices,
  },
  {
    tag: "0012_ends",
    sql: m0012_ends,
  },
  {
    tag: "0013_arrivals",
    sql: m0013_arrivals,
  },
  {
    tag: "0014_conversations",
    sql: m0014_conversations,
  },
  {
    tag: "0015_files",
    sql: m0015_files,
  },
  {
    tag: "0016_notifications",
    sql: m0016_notifications,
  },
  {
    tag: "0017_order",
    sql: m0017_order,
  },
  {
    tag: "0018_webhooks",
    sql: m0018_webhooks,
  },
  {
    tag: "0019_mentions",
    sql: m0019_mentions,
  },
  {
    tag: "0020_bots",
    sql: m0020_bots,
  },
  {
    tag: "0021_push",
    sql: m0021_push,
  },
  {
    tag: "0022_joins",
    sql: m0022_joins,
  },
];
