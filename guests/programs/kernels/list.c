#include "kernels.h"

#define ITEMS 24

typedef struct item {
    struct item *next;
    uint16_t key;   /* pseudo-random */
    uint16_t place; /* where it was at first */
} item;

typedef int (*order)(const item *, const item *);

static int by_key(const item *a, const item *b) { return (int)a->key - (int)b->key; }
static int by_place(const item *a, const item *b) { return (int)a->place - (int)b->place; }

static item items[ITEMS];

static item *make(uint32_t seed) {
    for (int i = 0; i < ITEMS; i++) {
        items[i].next = i + 1 < ITEMS ? &items[i + 1] : 0;
        items[i].key = random_next(&seed);
        items[i].place = (uint16_t)i;
    }
    return items;
}

static item *find(item *head, uint16_t key) {
    while (head && head->key != key) head = head->next;
    return head;
}

static item *reverse(item *head) {
    item *reversed = 0;
    while (head) {
        item *next = head->next;
        head->next = reversed;
        reversed = head;
        head = next;
    }
    return reversed;
}

/* Takes the item after `before` out of the list and puts it after `place`. */
static void move(item *before, item *place) {
    item *moved = before->next;
    before->next = moved->next;
    moved->next = place->next;
    place->next = moved;
}

static item *merge(item *a, item *b, order compare) {
    item *head = 0, **tail = &head;
    while (a && b) {
        item **smaller = compare(a, b) <= 0 ? &a : &b;
        *tail = *smaller;
        tail = &(*smaller)->next;
        *smaller = *tail;
    }
    *tail = a ? a : b;
    return head;
}

/* Merge sort: halves are cut where the slow one of two walkers is when the fast one reaches the end. */
static item *sort(item *head, order compare) {
    if (!head || !head->next) return head;
    item *slow = head;
    for (item *fast = head->next; fast && fast->next; fast = fast->next->next) slow = slow->next;
    item *second = slow->next;
    slow->next = 0;
    return merge(sort(head, compare), sort(second, compare), compare);
}

static uint16_t checksum(const item *head) {
    uint16_t crc = 0;
    for (; head; head = head->next) crc = crc_word(crc, (uint32_t)head->key << 16 | head->place);
    return crc;
}

/* All items are there, in this order. */
static void check(const item *head, order compare) {
    int count = 0;
    for (; head; head = head->next, count++) require(!head->next || compare(head, head->next) <= 0);
    require(count == ITEMS);
}

uint16_t list_kernel(uint32_t seed) {
    item *head = make(seed);
    const uint16_t before = checksum(head);
    for (int i = 0; i < ITEMS; i += 5) require(find(head, items[i].key)->key == items[i].key);
    head = reverse(head);
    move(head, items + 3);
    head = sort(head, by_key);
    check(head, by_key);
    const uint16_t sorted = checksum(head);
    head = sort(head, by_place);
    check(head, by_place);
    require(checksum(head) == before);
    return crc_word(sorted, before);
}
