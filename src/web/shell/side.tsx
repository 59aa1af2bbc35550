// What the place has beside it: the channels of a server, the pages of settings, or else who one talks with.

import type { Rule } from "../../client/index.ts";
import { ConversationList } from "../conversations/conversation-list.tsx";
import { is_admin } from "../state/admin.ts";
import { at_now, place, server_here, ways } from "../state/places.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";
import { Channels } from "./channels.tsx";
import { HereNow } from "./here-now.tsx";
import { TabList } from "./tab-list.tsx";

const settings_tabs = Object.entries(words.settings.tabs).map(([tab, name]) => ({ href: `/settings/${tab}`, name }));

export function Side() {
  if (at_now.value === "channel") return <Channels server_id={server_here.value} />;
  const here = place.value;
  if (here.at === "settings")
    return <TabList title={words.settings.title} tabs={settings_tabs} current={ways.settings(here.tab as "profile")} />;
  if (here.at === "server") {
    const { server_id, tab } = here;
    const shown = Object.entries(words.server.tabs).filter(([name]) => mayOpen(name, server_id));
    const tabs = shown.map(([name, text]) => ({
      href: ways.serverSettings(server_id, name as "overview"),
      name: text,
    }));
    const current = ways.serverSettings(server_id, tab as "overview");
    return <TabList title={words.side.server_settings} tabs={tabs} current={current} back={ways.server(server_id)} />;
  }
  if (here.at === "admin" && is_admin.value) {
    const tabs = Object.entries(words.admin.sections).map(([id, name]) => ({ href: `/admin#${id}`, name }));
    return <TabList title={words.admin.title} tabs={tabs} current={`/admin#${here.section || "overview"}`} />;
  }
  return (
    <section class="places" aria-labelledby="people">
      <div class="side-head">
        <h2 id="people">{words.people.title}</h2>
      </div>
      <div class="side-scroll">
        <ConversationList />
        <HereNow />
      </div>
    </section>
  );
}

/** Which rule a page of a server's settings is for; the others are for every member. */
const rules: Readonly<Record<string, Rule>> = {
  channels: "manage_channels",
  bans: "ban_members",
  invites: "manage_server",
  webhooks: "manage_webhooks",
  audit: "manage_server",
};

function mayOpen(tab: string, server_id: number): boolean {
  const rule = rules[tab];
  return rule === undefined || may(rule, server_id);
}
