// Told while nobody looks: a browser that subscribes, what its worker shows of a real push, and where a click leads.
// This machine's browser has no push service of its own: the page is given a subscription at the test's, and what that
// was sent, read as a browser does, is handed to the real worker.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { readRows } from "../harness/database.ts";
import { openPushService, type Browser as Subscriber } from "../harness/push-service.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { describeInBrowser, logIn, type Person, person, until } from "./browser.ts";
import { pair, say } from "./talking.ts";

/** Runs in the page, before all of it: `subscribe` gives this one, until it is ended. */
function subscribeAt({ endpoint, keys }: Subscriber): void {
  let standing: object | null = null;
  let key = "";
  const subscription = {
    endpoint,
    get options() {
      const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
      return { applicationServerKey: Uint8Array.from(text, (one) => one.charCodeAt(0)).buffer };
    },
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: async () => {
      standing = null;
      sessionStorage.removeItem("subscribed");
      return true;
    },
  };
  const known = sessionStorage.getItem("subscribed");
  if (known) [key, standing] = [known, subscription];
  PushManager.prototype.getSubscription = async () => standing as PushSubscription | null;
  PushManager.prototype.subscribe = async (options) => {
    key = String(options?.applicationServerKey);
    sessionStorage.setItem("subscribed", key);
    standing = subscription;
    return subscription as unknown as PushSubscription;
  };
}

async function subscriber({ context, page }: Pick<Person, "context" | "page">, at: Subscriber): Promise<void> {
  await context.grantPermissions(["notifications"]);
  await context.addInitScript(subscribeAt, at);
  await page.goto("/settings/notifications");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
}

const tellMe = (page: Page) => page.getByRole("checkbox", { name: "Tell me what I miss" });

/** Nobody looks at the page any more, as far as it can tell. */
const look = (page: Page, state: "hidden" | "visible") =>
  page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibility });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

/** Does it, and waits for the server's answer about the subscription. */
async function answered(page: Page, act: () => Promise<unknown>): Promise<void> {
  const answer = page.waitForResponse("**/push/subscriptions");
  await act();
  await (await answer).finished();
}

/** What the page's worker shows. */
const shown = (page: Page) =>
  page.evaluate(async () => {
    const all = await (await navigator.serviceWorker.ready).getNotifications();
    return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });

/** Runs in the worker: `shown` is settled when the next notification is. */
function noteShown(): void {
  const here = globalThis as unknown as { registration: ServiceWorkerRegistration; shown: Promise<void> };
  const { registration } = here;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  here.shown = promise;
  registration.showNotification = (...args) => {
    Reflect.deleteProperty(registration, "showNotification");
    return registration.showNotification(...args).then(resolve, reject);
  };
}

/**
 * As the browser does with what its push service has for it. Settles when the worker has shown something: asked for its
 * notifications while it shows one, a browser has it at first and forgets it then.
 */
async function deliver({ page, context }: Person, data: string): Promise<void> {
  const [worker] = context.serviceWorkers();
  await worker?.evaluate(noteShown);
  const session = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [one] = registrations.filter(({ isDeleted }) => !isDeleted);
      if (one) resolve(one.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const origin = new URL(page.url()).origin;
  await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId: await registered, data });
  await worker?.evaluate(() => Reflect.get(globalThis, "shown"));
  await session.detach();
}

const subscriptions = (server: Pick<TestServer, "folder">) =>
  readRows(server.folder, "select user_id, previews from push_subscriptions");

describeInBrowser("push", (inBrowser) => {
  inBrowser("a browser subscribes when it is asked to, shows what it is sent, and leads there", async ({ browser }) => {
    const server = await startServer({ push_allow_private: true });
    const service = openPushService();
    const at = service.subscribe();
    const [alice, bob] = await pair({ browser, server });
    const talk = new URL(bob.page.url()).pathname;
    await subscriber(bob, at);
    expect(await tellMe(bob.page).isChecked()).toBe(false);
    expect(subscriptions(server)).toEqual([]);
    await answered(bob.page, () => tellMe(bob.page).check());
    expect(await tellMe(bob.page).isChecked()).toBe(true);
    await look(bob.page, "hidden");
    await bob.page.evaluate(() => new Promise(requestAnimationFrame));
    await say(alice.page, `missed <@${bob.user.id}>`);
    const { notice } = await service.take(at);
    await deliver(bob, JSON.stringify(notice));
    expect(await shown(bob.page)).toEqual([
      {
        ...{ title: expect.stringContaining(alice.user.name), tag: `channel-${notice.channel_id}` },
        ...{ body: `missed <@${bob.user.id}>`, data: `/servers/${notice.server_id}/${notice.channel_id}` },
      },
    ]);
    const [worker] = bob.context.serviceWorkers();
    await worker?.evaluate(async () => {
      const here = globalThis as unknown as { registration: ServiceWorkerRegistration };
      const [notification] = await here.registration.getNotifications();
      const Click = Reflect.get(globalThis, "NotificationEvent");
      dispatchEvent(new Click("notificationclick", { notification }));
    });
    await bob.page.waitForURL(`**${talk}`);
    await look(bob.page, "visible");
    await until(bob.page, async () => (await (await navigator.serviceWorker.ready).getNotifications()).length === 0);
    await server.stop();
    service.stop();
  });

  inBrowser(
    "whatever it is sent, it shows something, and nothing where previews are off",
    async ({ browser, server }) => {
      const bob = await person(browser, server);
      await subscriber(bob, { endpoint: "https://push.example.org/x", keys: { p256dh: "", auth: "" } });
      await deliver(bob, "no JSON");
      await deliver(bob, JSON.stringify({ type: "of another day" }));
      const notice = { type: "message", channel_id: 7, message_id: 8, server_id: null, conversation_id: 9 };
      await deliver(bob, JSON.stringify({ ...notice, count: 2, badge: 2, preview: null }));
      expect((await shown(bob.page)).toSorted((one, other) => one.tag.localeCompare(other.tag))).toEqual([
        { title: "orchard", body: "A new message", tag: "channel-0", data: "/" },
        { title: "orchard", body: "2 new messages", tag: "channel-7", data: "/conversations/9" },
      ]);
    },
  );

  inBrowser(
    "it is off when one wants it, goes on with another log-in's, and ends with the log-in",
    async ({ browser }) => {
      const server = await startServer({ push_allow_private: true });
      const service = openPushService();
      const bob = await person(browser, server);
      await subscriber(bob, service.subscribe());
      const stored = (count: number) =>
        expect(subscriptions(server).map(({ user_id }) => user_id)).toEqual(Array(count).fill(bob.user.id));
      await answered(bob.page, () => tellMe(bob.page).check());
      stored(1);
      await answered(bob.page, () => bob.page.getByRole("checkbox", { name: "Show who wrote, and what" }).uncheck());
      expect(subscriptions(server)).toMatchObject([{ previews: 0 }]);
      await answered(bob.page, () => bob.page.reload());
      await bob.page.getByRole("checkbox", { name: "Tell me what I miss", checked: true }).waitFor();
      await answered(bob.page, () => tellMe(bob.page).uncheck());
      stored(0);
      await answered(bob.page, () => tellMe(bob.page).check());
      stored(1);
      await bob.page.getByRole("button", { name: "Log out" }).click();
      await bob.page.getByRole("button", { name: "Log in" }).waitFor();
      expect(await bob.page.evaluate(() => sessionStorage.getItem("subscribed"))).toBeNull();
      await logIn(bob.page, bob.user.name);
      stored(0);
      await server.stop();
      service.stop();
    },
  );
});
