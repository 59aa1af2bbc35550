// A server's settings, a page each, to those who may see them; the server refuses whoever may not.

import { useEffect } from "preact/hooks";
import { PageHead } from "../shell/page-head.tsx";
import { words } from "../words.ts";
import { AuditLog } from "./audit-log.tsx";
import { Bans } from "./bans.tsx";
import { ChannelSettings } from "./channel-settings.tsx";
import { Invites } from "./invites.tsx";
import { MemberSettings } from "./member-settings.tsx";
import { Overview } from "./overview.tsx";
import { loadPlaces } from "./places.ts";
import { Roles } from "./roles.tsx";
import { Sight } from "./sight.tsx";
import { Webhooks } from "./webhooks.tsx";

const pages = {
  overview: Overview,
  roles: Roles,
  channels: ChannelSettings,
  sight: Sight,
  members: MemberSettings,
  bans: Bans,
  invites: Invites,
  webhooks: Webhooks,
  audit: AuditLog,
} as const;

/** What wants more room than a text. */
const WIDE: readonly string[] = ["roles", "sight", "audit"];

export function ServerSettings({ server_id, tab }: { server_id: number; tab: string }) {
  const known = Object.hasOwn(pages, tab) ? (tab as keyof typeof pages) : "overview";
  const Page = pages[known];
  useEffect(() => void loadPlaces(server_id), [server_id]);
  return (
    <main class="page">
      <PageHead title={words.server.tabs[known]} />
      <div class={WIDE.includes(known) ? "page-body wide" : "page-body"}>
        <Page server_id={server_id} />
      </div>
    </main>
  );
}
