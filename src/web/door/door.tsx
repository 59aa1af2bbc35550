// Who isn't logged in: each place leads here, and after the log-in one is where one wanted to go.

import { useEffect } from "preact/hooks";
import { lookAtInstance } from "../state/instance.ts";
import { place } from "../state/places.ts";
import { ConfirmEmail, Forgot, ResetPassword, SetUp } from "./links.tsx";
import { LogIn } from "./log-in.tsx";
import { Register } from "./register.tsx";

export function Door() {
  useEffect(() => void lookAtInstance(), []);
  const here = place.value;
  if (here.at === "register") return <Register invite={null} />;
  if (here.at === "invite") return <Register invite={here.code} />;
  if (here.at === "reset") return here.token ? <ResetPassword token={here.token} /> : <Forgot />;
  if (here.at === "setup") return <SetUp token={here.token} />;
  if (here.at === "email") return <ConfirmEmail token={here.token} />;
  return <LogIn />;
}
