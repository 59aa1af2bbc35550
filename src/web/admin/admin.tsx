// For who runs the server: how it is, who is on it, and what can be done about it.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Empty } from "../parts/empty.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { is_admin } from "../state/admin.ts";
import { place } from "../state/places.ts";
import { words } from "../words.ts";
import { AdminAudit } from "./audit.tsx";
import { AdminInvites } from "./invites.tsx";
import { Nodes } from "./nodes.tsx";
import { Reports } from "./reports.tsx";
import { AdminServers } from "./servers.tsx";
import { InstanceSettings } from "./settings.tsx";
import { Stats } from "./stats.tsx";
import { Users } from "./users.tsx";

export function Admin() {
  const section = place.value.at === "admin" ? place.value.section : "";
  const is_shown = is_admin.value;
  useEffect(() => {
    if (section && is_shown) document.getElementById(section)?.scrollIntoView();
  }, [section, is_shown]);
  return (
    <main class="page">
      <PageHead title={words.admin.title} />
      <div class="page-body wide">{is_shown ? <Sections /> : <Empty icon="lock" title={words.admin.not_yours} />}</div>
    </main>
  );
}

const Sections = () => (
  <>
    <Section id="overview">
      <Stats />
    </Section>
    <Section id="nodes">
      <Nodes />
    </Section>
    <Section id="users">
      <Users />
    </Section>
    <Section id="servers">
      <AdminServers />
    </Section>
    <Section id="reports">
      <Reports />
    </Section>
    <Section id="invites">
      <AdminInvites />
    </Section>
    <Section id="audit">
      <AdminAudit />
    </Section>
    <Section id="settings">
      <InstanceSettings />
    </Section>
  </>
);

function Section({ id, children }: { id: keyof typeof words.admin.sections; children: ComponentChildren }) {
  return (
    <section class="part" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{words.admin.sections[id]}</h2>
      {children}
    </section>
  );
}
