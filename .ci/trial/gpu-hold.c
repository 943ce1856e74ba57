// gpu-hold makes a CUDA context on the first visible GPU and keeps it for so many seconds, as a program that computes does.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CALL(name, args, ...)                                              \
  do {                                                                     \
    int (*f) args = (int (*) args)dlsym(cuda, name);                       \
    int code = f ? f(__VA_ARGS__) : -1;                                    \
    if (code) { fprintf(stderr, "gpu-hold: " name ": %d\n", code); return 1; } \
  } while (0)

int main(int argc, char **argv) {
  void *cuda = dlopen("libcuda.so.1", RTLD_NOW), *context = 0;
  unsigned long long memory = 0;
  int device = 0;
  if (!cuda) { fprintf(stderr, "gpu-hold: %s\n", dlerror()); return 1; }
  CALL("cuInit", (unsigned), 0);
  CALL("cuDeviceGet", (int *, int), &device, 0);
  CALL("cuCtxCreate_v2", (void **, unsigned, int), &context, 0, device);
  CALL("cuMemAlloc_v2", (unsigned long long *, size_t), &memory, (size_t)256 << 20);
  sleep(argc > 1 ? atoi(argv[1]) : 60);
  return 0;
}
