/** Calls many back at the same interval with one timer for all of them: thousands of timers cost memory and turns. */
export class Pulse {
  private static readonly pulses = new Map<number, Pulse>();
  private readonly members = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;

  private constructor(intervalMs: number) {
    this.timer = setInterval(() => {
      for (const beat of this.members) beat();
    }, intervalMs).unref();
  }

  /** Calls `beat` every `intervalMs` milliseconds; the first time may come sooner. Returns the way to stop it. */
  static join(intervalMs: number, beat: () => void): () => void {
    const pulse = Pulse.pulses.get(intervalMs) ?? new Pulse(intervalMs);
    Pulse.pulses.set(intervalMs, pulse);
    pulse.members.add(beat);
    return () => {
      pulse.members.delete(beat);
      if (pulse.members.size > 0 || Pulse.pulses.get(intervalMs) !== pulse) return;
      clearInterval(pulse.timer);
      Pulse.pulses.delete(intervalMs);
    };
  }
}
