// Objects whose parts are made when they are first asked for, and objects that differ from another in a few parts without
// asking it for all. Knows nothing of what the parts are.

/** Each part is made when it is first asked for, and then stays. */
export function lazily<Whole extends object>(makers: { [Name in keyof Whole]: () => Whole[Name] }): Whole {
  const whole = {} as Whole;
  for (const name of Object.keys(makers) as (keyof Whole)[]) {
    const get = () => {
      const value = makers[name]();
      Object.defineProperty(whole, name, { value, enumerable: true, configurable: true });
      return value;
    };
    Object.defineProperty(whole, name, { get, enumerable: true, configurable: true });
  }
  return whole;
}

/** These parts, and else those of `base`, none of which is asked for before it is wanted. */
export function over<Base extends object>(base: Base, parts: Partial<Base>): Base {
  return Object.create(base, Object.getOwnPropertyDescriptors(parts));
}
