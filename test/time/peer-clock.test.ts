import { expect, test } from 'vitest';
import { createPeerClock } from '../../src/time';
import { fakeClock } from '../support/fake-clock';

const PEER_IS_AHEAD_MS = 300_000;

function open() {
  const clock = fakeClock();
  const peer = createPeerClock(clock);
  let ahead = PEER_IS_AHEAD_MS;
  const peerNow = () => clock.now() + ahead;
  return {
    clock,
    peer,
    setPeer: (ms: number) => {
      ahead += ms;
    },
    /** How far the peer is thought to be behind what its clock really says. */
    behind: () => peerNow() - peer.now(),
    /** A request whose answer is on its way for `ms` milliseconds. */
    ask: async (ms = 10) => {
      const sentAt = clock.monotonic();
      const date = new Date(peerNow()).toUTCString();
      await clock.advance(ms);
      peer.learn(new Headers({ date }), sentAt);
    },
  };
}

test('until an answer has told its date, the peer’s time is taken to be this machine’s', () => {
  const { clock, peer } = open();
  expect(peer.now()).toBe(clock.now());
  peer.learn(new Headers(), clock.monotonic());
  peer.learn(new Headers({ date: 'today' }), clock.monotonic());
  expect(peer.now()).toBe(clock.now());
});

test('it is never ahead of the peer, at most a second and the answer’s way behind, and gets closer', async () => {
  const { clock, behind, ask } = open();
  await clock.advance(900);
  await ask();
  expect(behind()).toBeGreaterThanOrEqual(900);
  for (let asked = 0; asked < 20; asked += 1) {
    await clock.advance(137);
    await ask();
    expect(behind()).toBeGreaterThanOrEqual(0);
    expect(behind()).toBeLessThanOrEqual(1_010);
  }
  expect(behind()).toBeLessThan(150);
});

test('a time of day that is set here changes nothing', async () => {
  const { clock, peer, ask } = open();
  await ask();
  const before = peer.now();
  clock.set(-3_600_000);
  expect(peer.now()).toBe(before);
});

test('a peer whose clock is set is believed anew, in either direction', async () => {
  const { ask, behind, setPeer } = open();
  await ask();
  for (const ms of [-60_000, 120_000]) {
    setPeer(ms);
    await ask();
    expect(behind()).toBeGreaterThanOrEqual(0);
    expect(behind()).toBeLessThanOrEqual(1_010);
  }
});
