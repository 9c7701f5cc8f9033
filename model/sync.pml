/*
 * One user's sync: lock, claim and its lease, fence, "again", intents, and requests that land late.
 *
 * One reminder: a person edits it here, another edits its Task in Salesforce. Two workers take messages. Between any two
 * steps a worker may die, or stand still until its lock is gone; messages, requests and answers get lost: FAULTS times in
 * all. README.md says which function of the engine each step stands for, and what is left out.
 *
 * -DKEYED=1: the org has the unique key field; 0: it has not. Broken on purpose, to show that the properties are worth
 * something: -DNO_FENCE -DSEND_FIRST -DNO_LEASE_END -DFORGET_AGAIN -DNO_WAIT -DNO_ABSORB -DNEW_KEY
 */
#ifndef FAULTS
#define FAULTS 1
#endif
#define SLOTS 3      /* intents at a time */
#define NONE 3       /* no slot */
#define FREED 2      /* nobody has the lock */
#define GHOST 3      /* a worker that is dead has it */
#define THERE 3      /* what the person in Salesforce writes; the one here writes 1, then 2 */

/* run_state and the lock. Of a fence only matters whether it is the latest: so it is who started last. */
byte latest = GHOST, lock = FREED;
bool due = true, again, running, lease;
/* Messages, in the queue and at the workers: VALID if they carry the present claim. */
#define STALE 1
#define VALID 2
byte queued, has[2];
#define CARRIED (queued == VALID || has[0] == VALID || has[1] == VALID)

/* the reminder, its link and its intents; `young` while what they announced may still land */
byte value = 1, base;
bool pending = true, changed[2], linked, young, open[SLOTS], creates[SLOTS];
byte payload[SLOTS];

/* Salesforce: the Task, and what is on its way to it. `watcher`: who sends it, until it has its answer. */
bool exists, edited_there;
byte task;
mtype = { unsent, flying, landed, dropped, late };
mtype flight[SLOTS] = unsent;
byte watcher[SLOTS] = FREED;

byte faults = FAULTS;    /* what may still go wrong */

#define MARK due = true; again = true
#define FREE(i) (!open[i] && watcher[i] == FREED && flight[i] != flying)
#define CREATE(i) (open[i] && creates[i])
#define MADE(i) (CREATE(i) && (KEYED || payload[i] == task))
#define SENT(i) (open[i] && payload[i] == shown)

#ifdef NO_FENCE
#define HELD true
#else
#define HELD (latest == me)
#endif
/* A transaction begins by holding the fence, and what it does is then the doing of the latest run. */
#define TRANSACTION if :: !HELD -> goto give_back :: else -> assert(latest == me) fi
#define UNCHANGED if :: changed[me] -> goto finish :: else fi

/* A process that ends leaves its lock behind; what it was sending may go on. */
#define DIE if :: lock == me -> lock = GHOST :: else fi; if :: latest == me -> latest = GHOST :: else fi; goto idle
#define MAY_DIE if :: faults > 0 -> faults--; DIE :: true fi

inline forget(i) { if :: FREE(i) -> flight[i] = unsent; payload[i] = 0; creates[i] = false :: else fi }
inline take_slot() {
  if :: FREE(0) -> slot = 0 :: else -> if :: FREE(1) -> slot = 1 :: else -> if :: FREE(2) -> slot = 2
     :: else -> again = true; goto finish fi fi fi;
  watcher[slot] = me; payload[slot] = value; creates[slot] = !linked
}
inline record() { open[slot] = true; young = true }
active [2] proctype Worker() {
  byte me = _pid, shown, slot = NONE;
  bool settled, found, waits;
idle:
  atomic { has[me] = 0; shown = 0; settled = false; found = false; changed[me] = false;
    if :: slot != NONE -> watcher[slot] = FREED; forget(slot) :: else fi; slot = NONE }
end:
  atomic { queued != 0 -> has[me] = queued; queued = 0 }
  atomic { MAY_DIE; if                                          /* the lock, or "again" */
    :: lock != FREED -> if
       :: has[me] == VALID -> MARK; if :: !running -> lease = false :: else fi
       :: else fi; goto idle
    :: else -> lock = me fi }
  atomic { MAY_DIE; if                                          /* start */
    :: has[me] != VALID -> goto give_back
    :: else -> latest = me; running = true; lease = true; again = false; has[me] = 0 fi }
  atomic { MAY_DIE; TRANSACTION;                                /* read both sides */
    changed[me] = false; found = exists; shown = task;
#ifdef NO_WAIT
    settled = true
#else
    settled = !young
#endif
  }
  atomic { MAY_DIE; TRANSACTION; UNCHANGED;                     /* plan, and take in */
    if
    :: !linked && (CREATE(0) || CREATE(1) || CREATE(2)) -> if
       :: found && MADE(0) -> linked = true; base = payload[0]  /* adopt */
       :: found && MADE(1) -> linked = true; base = payload[1]
       :: found && MADE(2) -> linked = true; base = payload[2]
       :: else -> waits = !KEYED && !settled fi
    :: else fi;
    if
    :: linked && shown != base -> if
#ifndef NO_ABSORB
       :: SENT(0) || SENT(1) || SENT(2) -> base = shown         /* our own, landed late */
#endif
       :: else -> assert(edited_there && shown == THERE);       /* a person's edit */
          if :: value == base -> value = shown :: else fi; base = shown fi
    :: else fi;
    if :: settled -> open[0] = false; open[1] = false; open[2] = false; forget(0); forget(1); forget(2) :: else fi;
    found = false; shown = 0; settled = false;
    if :: waits -> waits = false; goto finish
       :: else -> if :: linked && value == base -> pending = false; goto finish :: else fi fi }
  atomic { MAY_DIE; TRANSACTION; UNCHANGED; take_slot();        /* announce */
#ifndef SEND_FIRST
    record()
#endif
  }
  atomic { MAY_DIE; if :: lock != me -> goto give_back :: else fi }
  atomic { MAY_DIE; if :: flight[slot] == late -> DIE :: else -> flight[slot] = flying fi }
  atomic { flight[slot] != flying || faults > 0 -> MAY_DIE; if  /* the answer, or none */
    :: flight[slot] == landed
    :: flight[slot] == dropped -> goto unclear
    :: faults > 0 -> faults--; goto unclear fi }
#ifdef SEND_FIRST
  atomic { MAY_DIE; TRANSACTION; record() }
#endif
  atomic { MAY_DIE; TRANSACTION;
    base = payload[slot]; open[slot] = false; linked = true; if :: !changed[me] -> pending = false :: else fi; goto finish }
unclear:
  atomic { MAY_DIE; TRANSACTION; again = true }
finish:
  atomic { MAY_DIE; TRANSACTION;
#ifdef FORGET_AGAIN
    due = false;
#else
    due = again;
#endif
    again = false; running = false; lease = false }
give_back:
  atomic { MAY_DIE; if :: lock == me -> lock = FREED :: else fi; goto idle }
}

/* fan_out: claim who is due and send a message; messages of earlier claims are stale from then on */
active proctype Beat() {
end: do :: atomic { due && !lease && queued == 0 -> lease = true; running = false;
         if :: has[0] != 0 -> has[0] = STALE :: else fi; if :: has[1] != 0 -> has[1] = STALE :: else fi;
         if :: queued = VALID :: faults > 0 -> faults-- fi } od
}

/* A run with its lock sends at once; one that stood still for ten minutes is taken as ended. */
#define ON_ITS_WAY(i) (flight[i] == flying || (flight[i] == unsent && watcher[i] != FREED && watcher[i] == lock))
inline too_late(i) { if :: watcher[i] != FREED && flight[i] == unsent -> flight[i] = late :: else fi }

/* What passes by itself: locks, leases, and the ten minutes after which nothing that was announced can land */
active proctype Time() {
end: do
  :: atomic { lock == GHOST -> lock = FREED }
  :: atomic { lock < FREED && faults > 0 -> faults--; lock = FREED }
#ifndef NO_LEASE_END
  :: atomic { lease && lock != GHOST && (running -> lock != latest : !CARRIED) -> lease = false }
#endif
  :: atomic { young && !ON_ITS_WAY(0) && !ON_ITS_WAY(1) && !ON_ITS_WAY(2) -> young = false; MARK;
       too_late(0); too_late(1); too_late(2) }
  od
}

/* Salesforce: a request lands, or never does. What has changed there a poll or the feed will see. */
inline lands(i) {
  if :: flight[i] = landed; MARK; if
#ifdef NEW_KEY
        :: creates[i] -> assert(!exists)
#else
        :: creates[i] -> assert(KEYED || !exists)               /* never twice */
#endif
        :: else fi; exists = true; task = payload[i]
     :: faults > 0 -> faults--; flight[i] = dropped fi;
  forget(i)
}
active proctype Salesforce() {
end: do
  :: atomic { flight[0] == flying -> lands(0) }
  :: atomic { flight[1] == flying -> lands(1) }
  :: atomic { flight[2] == flying -> lands(2) }
  od
}

active proctype PersonHere() {
  atomic { value = 2; pending = true; changed[0] = true; changed[1] = true; MARK }
}
active proctype PersonThere() {
  atomic { linked -> task = THERE; edited_there = true; MARK }
}

#ifdef STANDSTILL   /* for variants that end in one: without a step to take, Spin finds no fair cycle in it */
active proctype Clock() { do :: true -> skip od }
#endif

/* Whoever is due is served: in the end both sides are equal, and stay so. */
ltl settles { <>[] (linked && task == value && !pending) }
