// A part of the pages that is loaded when it is first shown.

import { type Signal, signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { words } from "../words.ts";
import { Empty } from "./empty.tsx";

export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  const loaded: Signal<ComponentType<Props> | "failed" | null> = signal(null);
  const begin = () => {
    load().then(
      (component) => {
        loaded.value = component;
      },
      () => {
        loaded.value = "failed";
      },
    );
  };
  return function Lazily(props: Props) {
    const Component = loaded.value;
    if (Component === "failed") {
      return (
        <Empty icon="leaf" title={words.states.offline}>
          <button type="button" class="button" onClick={begin}>
            {words.try_again}
          </button>
        </Empty>
      );
    }
    if (Component) return <Component {...props} />;
    begin();
    return <main class="page" aria-busy="true" />;
  };
}
