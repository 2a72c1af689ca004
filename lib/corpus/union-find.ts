/**
 * Sets of numbers below a size that are joined two at a time; each set is named by its smallest member.
 *
 * Joins and look-ups take nearly constant time (path halving); memory is 4 bytes a number.
 *
 * @example
 * const sets = new UnionFind(4);
 * sets.join(3, 1);
 * sets.find(3) //=> 1
 */
export class UnionFind {
  readonly #parent: Uint32Array;

  constructor(size: number) {
    this.#parent = Uint32Array.from({ length: size }, (_, index) => index);
  }

  /** The smallest member of the set that holds `member`. */
  find(member: number): number {
    const parent = this.#parent;
    let place = member;
    while (parent[place]! !== place) {
      parent[place] = parent[parent[place]!]!;
      place = parent[place]!;
    }
    return place;
  }

  /** True when the two were in different sets until now. */
  join(one: number, other: number): boolean {
    const left = this.find(one);
    const right = this.find(other);
    if (left === right) return false;
    if (left < right) this.#parent[right] = left;
    else this.#parent[left] = right;
    return true;
  }

  /** Number of members of sets of two or more. */
  groupedMembers(): number {
    const isGrouped = new Uint8Array(this.#parent.length);
    let count = 0;
    for (let member = 0; member < isGrouped.length; member++) {
      const root = this.find(member);
      if (root === member) continue;
      count += isGrouped[root] === 0 ? 2 : 1;
      isGrouped[root] = 1;
    }
    return count;
  }

  /** For each member that is not the smallest of its set: that one and itself, one after the other. */
  links(): Uint32Array<ArrayBuffer> {
    const size = this.#parent.length;
    let count = 0;
    for (let member = 0; member < size; member++) if (this.#parent[member] !== member) count++;
    const links = new Uint32Array(2 * count);
    for (let member = 0, place = 0; member < size; member++) {
      if (this.#parent[member] === member) continue;
      links[place++] = this.find(member);
      links[place++] = member;
    }
    return links;
  }

  /** The sets of two members or more, members in order, sets in the order of their smallest members. */
  *groups(): Generator<Uint32Array> {
    const size = this.#parent.length;
    const sizes = new Uint32Array(size);
    for (let member = 0; member < size; member++) sizes[this.find(member)]!++;
    // Members of all larger sets side by side: each set begins where those before it end.
    const next = new Uint32Array(size);
    let total = 0;
    for (let root = 0; root < size; root++) {
      next[root] = total;
      if (sizes[root]! > 1) total += sizes[root]!;
    }
    const members = new Uint32Array(total);
    for (let member = 0; member < size; member++) {
      const root = this.find(member);
      if (sizes[root]! > 1) members[next[root]!++] = member;
    }
    for (let root = 0; root < size; root++) {
      if (sizes[root]! > 1) yield members.subarray(next[root]! - sizes[root]!, next[root]!);
    }
  }
}
