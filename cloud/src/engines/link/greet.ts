import type { Interval } from '@selvedge/protocol';
import { type Fit, readProof } from './fit.ts';
import { type Hello, type HelloFacts, judgeHello } from './hello.ts';
import { end, type LinkSession, type LinkStep, type Moment, refuse, send } from './link-step.ts';
import { longest } from './longest.ts';

/** How often a node is asked for a proof while its other connection still adds to the log; then it comes again later. */
const roundsMax = 8;

/** The store has told what it knows: a journal that may be this node's is to be claimed. */
export function weigh(session: LinkSession, hello: Hello, facts: HelloFacts, now: Moment): LinkStep {
  const refusal = judgeHello(hello, session.node, facts);
  if (refusal) return refuse(session, refusal.code, refusal.message);
  const acknowledged = longest(facts.acknowledged);
  // What the control connection has claimed is claimed for bulk too.
  if (hello.channel === 'bulk') return welcome(session, hello, acknowledged, now);
  return {
    session: { ...session, greeting: { hello, acknowledged, asked: undefined, rounds: 0 } },
    effects: [{ kind: 'claim', hello, proof: undefined }],
  };
}

/** The journal has been held against the log. [LNK-52] */
export function claimed(session: LinkSession, fit: Fit, now: Moment): LinkStep {
  const { greeting } = session;
  if (!greeting) return { session, effects: [] };
  const { hello, acknowledged, rounds } = greeting;
  switch (fit.kind) {
    case 'fits':
      return welcome(session, hello, acknowledged, now);
    case 'fork':
      return refuse(session, 'LINK_FORK', fit.why);
    case 'ask':
      if (rounds >= roundsMax)
        return end(
          session,
          'LINK_UNPROVEN',
          `node ${session.node} has proved ${rounds} offsets, and more came meanwhile`,
        );
      return {
        session: { ...session, greeting: { ...greeting, asked: fit.offset, rounds: rounds + 1 } },
        effects: [send('prove', { offset: fit.offset })],
      };
  }
}

/** The node says what hash it has where it was asked. */
export function hearProof(session: LinkSession, raw: Readonly<Record<string, unknown>>): LinkStep {
  const { greeting } = session;
  const proof = readProof(raw);
  if (!proof.ok) return refuse(session, 'LINK_FRAME_INVALID', proof.why);
  if (!greeting || greeting.asked !== proof.value.offset)
    return refuse(session, 'LINK_FRAME_INVALID', `offset ${proof.value.offset} was not to be proved`);
  return {
    session: { ...session, greeting: { ...greeting, asked: undefined } },
    effects: [{ kind: 'claim', hello: greeting.hello, proof: proof.value }],
  };
}

const welcome = (session: LinkSession, hello: Hello, acknowledged: readonly Interval[], now: Moment): LinkStep => ({
  session: { ...session, phase: 'open', greeting: undefined },
  effects: [
    send('welcome', { acknowledged, time: now.wall, speaks: ['bundle', 'bulk', 'twin', 'configuration'] }),
    { kind: 'opened', hello },
  ],
});
