import { useSyncExternalStore } from "react";

/** Store is a value that components follow. update gives the next value; the same value tells nobody. */
export class Store<T> {
  private listeners = new Set<() => void>();
  constructor(private value: T) {}

  get = (): T => this.value;

  set(next: T): void {
    if (Object.is(next, this.value)) return;
    this.value = next;
    for (const l of [...this.listeners]) l();
  }

  update(f: (now: T) => T): void {
    this.set(f(this.value));
  }

  subscribe = (l: () => void): (() => void) => {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  };
}

export function useStore<T>(store: Store<T>): T;
export function useStore<T, S>(store: Store<T>, select: (v: T) => S): S;
/** useStore follows a store, or the part of it that select picks (which must be stable while unchanged). */
export function useStore<T, S>(store: Store<T>, select?: (v: T) => S): T | S {
  const get = () => (select ? select(store.get()) : store.get());
  return useSyncExternalStore(store.subscribe, get, get);
}
