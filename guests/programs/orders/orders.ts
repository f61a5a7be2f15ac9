/*
 * An order book, in AssemblyScript.
 *
 * The payload is `n`. Matches `n` pseudo-random orders with the best ones against them, checks that
 * all that was bought was sold and paid for and that the book is not crossed, and writes a report.
 * Appends `n`, the volume, the number of orders left, and the report's hash to the outbox.
 */

// @ts-ignore: decorator
@external("env", "inbox_next") declare function inboxNext(): u64;
// @ts-ignore: decorator
@external("env", "leaf_set") declare function leafSet(word: i32, value: u64): void;
// @ts-ignore: decorator
@external("env", "outbox_push") declare function outboxPush(): void;

/** Words of the tape before the payload. */
const HEADER_WORDS = 9;

const MOST_ORDERS: u64 = 1 << 12;

const TRADERS = ["Ada", "Grace", "Zoë", "Edsger"];

class Order {
  constructor(public trader: string, public buys: bool, public price: i32, public amount: i32) {}

  /** Whether this is to be matched before another order of its side. */
  isBetterThan(other: Order): bool {
    return this.buys ? this.price > other.price : this.price < other.price;
  }

  isMatchedBy(other: Order): bool {
    return this.buys ? this.price >= other.price : this.price <= other.price;
  }
}

/** What a trader has: none at first, and owed when below zero. */
class Account {
  shares: i64 = 0;
  money: i64 = 0;
}

class Book {
  /** Each side's best order is its last. */
  private bids: Array<Order> = [];
  private asks: Array<Order> = [];
  private accounts: Map<string, Account> = new Map();
  volume: i64 = 0;

  place(order: Order): void {
    const against = order.buys ? this.asks : this.bids;
    while (order.amount > 0 && against.length > 0) {
      const best = against[against.length - 1];
      if (!order.isMatchedBy(best)) break;
      const amount = min(order.amount, best.amount);
      this.exchange(order, best, amount);
      best.amount -= amount;
      order.amount -= amount;
      if (best.amount == 0) against.pop();
    }
    if (order.amount == 0) return;
    const side = order.buys ? this.bids : this.asks;
    // The sort is stable: of two orders with one price, the older one is matched first.
    side.unshift(order);
    side.sort((a, b) => (a.isBetterThan(b) ? 1 : b.isBetterThan(a) ? -1 : 0));
  }

  open(): i32 {
    return this.bids.length + this.asks.length;
  }

  /** Asserts that nothing came from nowhere, and that no two orders that are left match. */
  check(): void {
    let shares: i64 = 0;
    let money: i64 = 0;
    const accounts = this.accounts.values();
    for (let i = 0; i < accounts.length; i++) {
      shares += accounts[i].shares;
      money += accounts[i].money;
    }
    assert(shares == 0 && money == 0, "shares or money came from nowhere");
    if (this.bids.length > 0 && this.asks.length > 0) {
      assert(this.bids[this.bids.length - 1].price < this.asks[this.asks.length - 1].price, "the book is crossed");
    }
  }

  report(): string {
    const lines: Array<string> = [];
    const traders = this.accounts.keys().sort();
    for (let i = 0; i < traders.length; i++) {
      lines.push(traders[i] + ": " + this.account(traders[i]).shares.toString());
    }
    return lines.join("; ");
  }

  private account(trader: string): Account {
    if (!this.accounts.has(trader)) this.accounts.set(trader, new Account());
    return this.accounts.get(trader);
  }

  private exchange(order: Order, best: Order, amount: i32): void {
    const buyer = this.account(order.buys ? order.trader : best.trader);
    const seller = this.account(order.buys ? best.trader : order.trader);
    const price = <i64>best.price * amount;
    buyer.shares += amount;
    buyer.money -= price;
    seller.shares -= amount;
    seller.money += price;
    this.volume += amount;
  }
}

/** Xorshift (Marsaglia, "Xorshift RNGs", 2003). */
class Random {
  private state: u32 = 2463534242;

  below(limit: i32): i32 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 17;
    this.state ^= this.state << 5;
    return this.state % limit;
  }
}

/** FNV-1a. */
function hash(bytes: Uint8Array): u64 {
  return bytes.reduce<u64>((hash, byte) => (hash ^ byte) * 0x100000001b3, 0xcbf29ce484222325);
}

export function zkmain(): void {
  for (let word = 0; word < HEADER_WORDS; word++) inboxNext();
  const orders = inboxNext();
  assert(orders <= MOST_ORDERS, "at most 2^12 orders");
  const book = new Book();
  const random = new Random();
  for (let i: u64 = 0; i < orders; i++) {
    const trader = TRADERS[random.below(TRADERS.length)];
    book.place(new Order(trader, random.below(2) == 0, 90 + random.below(20), 1 + random.below(9)));
  }
  book.check();
  const report = Uint8Array.wrap(String.UTF8.encode(book.report()));
  leafSet(0, orders);
  leafSet(1, book.volume);
  leafSet(2, book.open());
  leafSet(3, hash(report));
  outboxPush();
}
