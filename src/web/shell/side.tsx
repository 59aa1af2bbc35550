// What the place has beside it: the channels of a server, or the pages of settings.

import { place, ways } from "../state/places.ts";
import { words } from "../words.ts";
import { Channels } from "./channels.tsx";
import { TabList } from "./tab-list.tsx";

const settings_tabs = Object.entries(words.settings.tabs).map(([tab, name]) => ({ href: `/settings/${tab}`, name }));

export function Side() {
  const here = place.value;
  if (here.at === "channel") return <Channels server_id={here.server_id} channel_id={here.channel_id} />;
  if (here.at === "settings")
    return <TabList title={words.settings.title} tabs={settings_tabs} current={ways.settings(here.tab as "profile")} />;
  if (here.at === "server") {
    const { server_id, tab } = here;
    const tabs = Object.entries(words.server.tabs).map(([name, text]) => ({
      href: ways.serverSettings(server_id, name as "overview"),
      name: text,
    }));
    const current = ways.serverSettings(server_id, tab as "overview");
    return <TabList title={words.side.server_settings} tabs={tabs} current={current} back={ways.server(server_id)} />;
  }
  const tabs = [{ href: ways.friends, name: words.people.friends }];
  return <TabList title={words.people.title} tabs={tabs.slice(1)} current="" />;
}
