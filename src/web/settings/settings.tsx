// One's own settings, a page each.

import { PageHead } from "../shell/page-head.tsx";
import { words } from "../words.ts";
import { AccountSettings } from "./account.tsx";
import { AppearanceSettings } from "./appearance.tsx";
import { BotSettings } from "./bots.tsx";
import { DeviceSettings } from "./devices.tsx";
import { NotificationSettings } from "./notifications.tsx";
import { ProfileSettings } from "./profile.tsx";

const pages = {
  profile: ProfileSettings,
  account: AccountSettings,
  devices: DeviceSettings,
  notifications: NotificationSettings,
  appearance: AppearanceSettings,
  bots: BotSettings,
} as const;

export function Settings({ tab }: { tab: string }) {
  const known = Object.hasOwn(pages, tab) ? (tab as keyof typeof pages) : "profile";
  const Page = pages[known];
  return (
    <main class="page">
      <PageHead title={words.settings.tabs[known]} />
      <div class="page-body">
        <Page />
      </div>
    </main>
  );
}
