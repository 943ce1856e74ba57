// A stand-in for the NVIDIA driver's library, libnvidia-ml.so.1: what berth asks of NVML, answered from a
// text file instead of a driver. The file is named by FAKE_NVML_STATE and read again at every call, so a
// test changes the machine while the program under test runs. It is called by one thread at a time.
//
// The state file, a fact per line; unknown lines and lines starting with # mean nothing:
//
//   driver VERSION                 its version; "driver none": the driver isn't loaded
//   gpu IDX UUID NUMA BUSID MEM_MIB USED_MIB UTIL TEMP_C POWER_W LIMIT_W NAME...
//   proc IDX PID MEM_MIB           a process that computes; -1: its memory can't be told
//   draw IDX PID MEM_MIB           a process that only draws
//   link I J COUNT                 NVLinks between two GPUs
//   switch IDX COUNT               NVLinks of a GPU to a switch
//   part IDX UUID MEM_MIB USED_MIB NAME...   a MIG instance; puts the GPU into MIG mode
//   mig IDX                        puts a GPU into MIG mode with no instance
//   slow IDX BITS                  what keeps its clocks down, as NVML numbers the reasons
//   xid IDX NUMBER                 the driver reports this of the GPU, once for each such line
//   ecc IDX COUNT                  memory errors that couldn't be corrected; without it the GPU has no ECC
//   lost IDX                       the GPU has fallen off the bus
//   fail IDX FUNCTION CODE         that function answers that nvmlReturn_t for that GPU
//   hang SECONDS                   every call takes that long, or until the line is gone
//
// nvmltest.go builds it, leaving out the entry points that a test wants an older driver to lack.
#define NVML_NO_UNVERSIONED_FUNC_DEFS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "nvml.h"

enum { GPUS = 16, PROCS = 64, PARTS = 8, FAILS = 32 };

typedef unsigned long long bytes_t;

struct proc { unsigned pid; bytes_t used; int draws; };
struct part { char uuid[96], name[96]; bytes_t total, used; };
struct xid { int gpu; unsigned number; };
struct fail { int gpu, code; char function[64]; };

struct gpu {
  int there, lost, mig, numa;
  char uuid[96], bus[32], name[96];
  bytes_t total, used;
  unsigned util, celsius, watts, limit;
  unsigned links[GPUS], switched;
  unsigned long long slowed, ecc;
  int has_ecc;
  struct proc procs[PROCS];
  int nprocs;
  struct part parts[PARTS];
  int nparts;
};

static struct {
  char driver[80];
  int count, nfails, nxids;
  double hang;
  struct gpu gpus[GPUS];
  struct fail fails[FAILS];
  struct xid xids[FAILS];
} state;

static int within(int i) { return i >= 0 && i < GPUS; }

static void read_gpu(const char *line) {
  struct gpu g = {0};
  int i;
  if (sscanf(line, "gpu %d %95s %d %31s %llu %llu %u %u %u %u %95[^\n]", &i, g.uuid, &g.numa, g.bus, &g.total,
             &g.used, &g.util, &g.celsius, &g.watts, &g.limit, g.name) != 11 || !within(i))
    return;
  g.total <<= 20;
  g.used <<= 20;
  g.there = 1;
  state.gpus[i] = g;
  if (i >= state.count) state.count = i + 1;
}

static void read_proc(int i, unsigned pid, bytes_t mib, int draws) {
  struct gpu *g = &state.gpus[i];
  bytes_t used = mib == (bytes_t)-1 ? mib : mib << 20;
  if (g->nprocs < PROCS) g->procs[g->nprocs++] = (struct proc){pid, used, draws};
}

static void read_part(const char *line) {
  struct part p = {0};
  int i;
  if (sscanf(line, "part %d %95s %llu %llu %95[^\n]", &i, p.uuid, &p.total, &p.used, p.name) != 5 || !within(i)) return;
  p.total <<= 20;
  p.used <<= 20;
  state.gpus[i].mig = 1;
  if (state.gpus[i].nparts < PARTS) state.gpus[i].parts[state.gpus[i].nparts++] = p;
}

// read_line takes in one fact. A gpu line comes before the other lines about that GPU.
static void read_line(const char *line) {
  int i, j, code;
  unsigned n;
  bytes_t mib;
  char function[64];
  if (sscanf(line, "driver %79s", state.driver) == 1 || sscanf(line, "hang %lf", &state.hang) == 1) return;
  if (!strncmp(line, "gpu ", 4)) read_gpu(line);
  else if (!strncmp(line, "part ", 5)) read_part(line);
  else if (sscanf(line, "proc %d %u %llu", &i, &n, &mib) == 3 && within(i)) read_proc(i, n, mib, 0);
  else if (sscanf(line, "draw %d %u %llu", &i, &n, &mib) == 3 && within(i)) read_proc(i, n, mib, 1);
  else if (sscanf(line, "link %d %d %u", &i, &j, &n) == 3 && within(i) && within(j))
    state.gpus[i].links[j] = state.gpus[j].links[i] = n;
  else if (sscanf(line, "switch %d %u", &i, &n) == 2 && within(i)) state.gpus[i].switched = n;
  else if (sscanf(line, "slow %d %llu", &i, &mib) == 2 && within(i)) state.gpus[i].slowed = mib;
  else if (sscanf(line, "xid %d %u", &i, &n) == 2 && within(i) && state.nxids < FAILS)
    state.xids[state.nxids++] = (struct xid){i, n};
  else if (sscanf(line, "ecc %d %llu", &i, &mib) == 2 && within(i)) state.gpus[i].ecc = mib, state.gpus[i].has_ecc = 1;
  else if (sscanf(line, "mig %d", &i) == 1 && within(i)) state.gpus[i].mig = 1;
  else if (sscanf(line, "lost %d", &i) == 1 && within(i)) state.gpus[i].lost = 1;
  else if (sscanf(line, "fail %d %63s %d", &i, function, &code) == 3 && state.nfails < FAILS) {
    struct fail *f = &state.fails[state.nfails++];
    f->gpu = i;
    f->code = code;
    strcpy(f->function, function);
  }
}

static void read_state(void) {
  const char *path = getenv("FAKE_NVML_STATE");
  char line[512];
  memset(&state, 0, sizeof state);
  strcpy(state.driver, "none");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return;
  while (fgets(line, sizeof line, file)) read_line(line);
  fclose(file);
}

// wait hangs for as long as the state says, looking again now and then whether it still does.
static void wait_hang(void) {
  for (double waited = 0; waited < state.hang; waited += 0.02) {
    usleep(20000);
    read_state();
  }
}

static int loaded(void) { return strcmp(state.driver, "none") != 0; }

// call begins every entry point but Init: it reads the state, hangs, and says whether there is a driver.
static nvmlReturn_t call(void) {
  read_state();
  wait_hang();
  return loaded() ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
}

// A handle is a number in a pointer's place: 1 + GPU for a GPU, plus 100 * (1 + part) for a MIG instance.
static nvmlDevice_t handle(size_t number) {
  nvmlDevice_t d;
  memset(&d, 0, sizeof d);
  memcpy(&d, &number, sizeof number);
  return d;
}

static size_t number(nvmlDevice_t d) {
  size_t n;
  memcpy(&n, &d, sizeof n);
  return n;
}

// find begins an entry point about a device: the GPU, the MIG instance or NULL, or the answer that ends it.
static nvmlReturn_t find(const char *function, nvmlDevice_t d, struct gpu **g, struct part **p) {
  nvmlReturn_t r = call();
  if (r) return r;
  int i = (int)(number(d) % 100) - 1, k = (int)(number(d) / 100) - 1;
  if (!within(i) || !state.gpus[i].there) return NVML_ERROR_INVALID_ARGUMENT;
  *g = &state.gpus[i];
  *p = k >= 0 ? &(*g)->parts[k] : NULL;
  if ((*g)->lost) return NVML_ERROR_GPU_IS_LOST;
  if (k >= (*g)->nparts) return NVML_ERROR_NOT_FOUND;
  for (int f = 0; f < state.nfails; f++)
    if (state.fails[f].gpu == i && !strcmp(state.fails[f].function, function)) return state.fails[f].code;
  return NVML_SUCCESS;
}

#define UNIT(d) struct gpu *g; struct part *p; nvmlReturn_t r = find(__func__, d, &g, &p); if (r) return r
#define BOARD(d) UNIT(d); if (p) return NVML_ERROR_NOT_SUPPORTED
#define CALL nvmlReturn_t r = call(); if (r) return r
#define ANSWER(v) return *out = (v), NVML_SUCCESS

static nvmlReturn_t text(char *out, unsigned size, const char *s) {
  if (strlen(s) >= size) return NVML_ERROR_INSUFFICIENT_SIZE;
  strcpy(out, s);
  return NVML_SUCCESS;
}

// --- the library and the driver

nvmlReturn_t nvmlInit_v2(void) {
  read_state();
  wait_hang();
  return loaded() ? NVML_SUCCESS : NVML_ERROR_DRIVER_NOT_LOADED;
}
nvmlReturn_t nvmlShutdown(void) { return NVML_SUCCESS; }
const char *nvmlErrorString(nvmlReturn_t r) { return r == NVML_SUCCESS ? "Success" : "an error of the stand-in's"; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *out, unsigned size) { CALL; return text(out, size, state.driver); }
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *out) { CALL; ANSWER(state.count); }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned i, nvmlDevice_t *out) {
  CALL;
  if (!within(i) || !state.gpus[i].there) return NVML_ERROR_INVALID_ARGUMENT;
  if (state.gpus[i].lost) return NVML_ERROR_GPU_IS_LOST;
  ANSWER(handle(i + 1));
}

// --- facts

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t d, char *out, unsigned size) { UNIT(d); return text(out, size, p ? p->uuid : g->uuid); }
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t d, char *out, unsigned size) { UNIT(d); return text(out, size, p ? p->name : g->name); }
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t d, unsigned *out) { BOARD(d); ANSWER(g - state.gpus); }
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t d, nvmlPciInfo_t *out) {
  BOARD(d);
  memset(out, 0, sizeof *out);
  return text(out->busId, sizeof out->busId, g->bus);
}
nvmlReturn_t nvmlDeviceGetMemoryAffinity(nvmlDevice_t d, unsigned size, unsigned long *set, nvmlAffinityScope_t scope) {
  BOARD(d);
  memset(set, 0, size * sizeof *set);
  if (g->numa >= 0) set[0] = 1ul << g->numa;
  return NVML_SUCCESS;
}

// --- MIG

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t d, unsigned *current, unsigned *pending) {
  BOARD(d);
  *current = *pending = g->mig;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t d, unsigned *out) { BOARD(d); ANSWER(PARTS); }
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t d, unsigned k, nvmlDevice_t *out) {
  BOARD(d);
  if ((int)k >= g->nparts) return NVML_ERROR_NOT_FOUND;
  ANSWER(handle(number(d) + 100 * (k + 1)));
}

// --- sensors

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t d, nvmlMemory_t *out) {
  UNIT(d);
  out->total = p ? p->total : g->total;
  out->used = p ? p->used : g->used;
  out->free = out->total - out->used;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t d, nvmlMemory_v2_t *out) {
  UNIT(d);
  out->total = p ? p->total : g->total;
  out->used = p ? p->used : g->used;
  out->reserved = 0;
  out->free = out->total - out->used;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t d, nvmlUtilization_t *out) {
  BOARD(d);
  out->gpu = g->util;
  out->memory = g->util / 2;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t d, nvmlTemperatureSensors_t s, unsigned *out) { BOARD(d); ANSWER(g->celsius); }
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t d, unsigned *out) { BOARD(d); ANSWER(g->watts * 1000); }
nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t d, unsigned *out) { BOARD(d); ANSWER(g->limit * 1000); }
nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t d, nvmlClockType_t which, unsigned *out) { BOARD(d); ANSWER(which == NVML_CLOCK_MEM ? 2619 : 1410); }
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t d, unsigned long long *out) { BOARD(d); ANSWER(g->slowed); }

nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t d, nvmlMemoryErrorType_t t, nvmlEccCounterType_t c, unsigned long long *out) {
  BOARD(d);
  if (!g->has_ecc) return NVML_ERROR_NOT_SUPPORTED;
  ANSWER(t == NVML_MEMORY_ERROR_TYPE_UNCORRECTED ? g->ecc : 0);
}

// --- events: a set is one for all, and tells each xid line once, of GPUs that were registered

static int registered[GPUS], told;

nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t *out) {
  CALL;
  memset(registered, 0, sizeof registered);
  told = 0;
  memset(out, 0, sizeof *out);
  *(size_t *)out = 1;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t d, unsigned long long types, nvmlEventSet_t set) {
  BOARD(d);
  if (types & nvmlEventTypeXidCriticalError) registered[g - state.gpus] = 1;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t *out, unsigned ms) {
  CALL;
  while (told < state.nxids) {
    struct xid x = state.xids[told++];
    if (!registered[x.gpu]) continue;
    memset(out, 0, sizeof *out);
    out->device = handle(x.gpu + 1);
    out->eventType = nvmlEventTypeXidCriticalError;
    out->eventData = x.number;
    return NVML_SUCCESS;
  }
  usleep(ms * 1000);
  return NVML_ERROR_TIMEOUT;
}
nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t set) { return NVML_SUCCESS; }

// --- processes

// A driver of the branch 535 before 535.98 writes a field more.
struct longer { unsigned pid; unsigned long long used; unsigned gi, ci; unsigned long long protected; };

static int writes_longer(void) {
  int minor;
  return sscanf(state.driver, "535.%d", &minor) == 1 && minor >= 43 && minor < 98;
}

static nvmlReturn_t processes(struct gpu *g, int draws, unsigned *n, nvmlProcessInfo_t *out) {
  unsigned room = *n, found = 0;
  for (int i = 0; i < g->nprocs; i++) {
    if (g->procs[i].draws != draws) continue;
    if (found < room && writes_longer()) {
      ((struct longer *)out)[found] = (struct longer){g->procs[i].pid, g->procs[i].used, 0, 0, 0};
    } else if (found < room) {
      memset(&out[found], 0, sizeof out[found]);
      out[found].pid = g->procs[i].pid;
      out[found].usedGpuMemory = g->procs[i].used;
    }
    found++;
  }
  *n = found;
  return found > room ? NVML_ERROR_INSUFFICIENT_SIZE : NVML_SUCCESS;
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t d, unsigned *n, nvmlProcessInfo_t *out) { UNIT(d); return processes(g, 0, n, out); }
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t d, unsigned *n, nvmlProcessInfo_t *out) { BOARD(d); return processes(g, 1, n, out); }
nvmlReturn_t nvmlDeviceGetMPSComputeRunningProcesses_v3(nvmlDevice_t d, unsigned *n, nvmlProcessInfo_t *out) { BOARD(d); *n = 0; return NVML_SUCCESS; }

// --- NVLink: the links of a GPU are numbered peer by peer, those to a switch last

enum { TO_SWITCH = GPUS, TO_NOTHING };

static int peer(struct gpu *g, unsigned link) {
  for (int j = 0; j < GPUS; j++) {
    if (link < g->links[j]) return j;
    link -= g->links[j];
  }
  return link < g->switched ? TO_SWITCH : TO_NOTHING;
}
nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t d, unsigned link, nvmlEnableState_t *out) { BOARD(d); ANSWER(peer(g, link) != TO_NOTHING); }
nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t d, unsigned link, nvmlPciInfo_t *out) {
  BOARD(d);
  int j = peer(g, link);
  if (j == TO_NOTHING) return NVML_ERROR_NOT_SUPPORTED;
  memset(out, 0, sizeof *out);
  return text(out->busId, sizeof out->busId, j == TO_SWITCH ? "00000000:F0:00.0" : state.gpus[j].bus);
}
nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t d, unsigned link, nvmlIntNvLinkDeviceType_t *out) {
  BOARD(d);
  int j = peer(g, link);
  if (j == TO_NOTHING) return NVML_ERROR_NOT_SUPPORTED;
  ANSWER(j == TO_SWITCH ? NVML_NVLINK_DEVICE_TYPE_SWITCH : NVML_NVLINK_DEVICE_TYPE_GPU);
}
