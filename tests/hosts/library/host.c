/* A program that loads a library and knows nothing of telemetry. Were it started a second time, its file would show it. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

int main(int number, char **arguments) {
    if (number != 2) {
        fprintf(stderr, "usage: host LIBRARY\n");
        return 2;
    }
    FILE *starts = fopen("starts", "a");
    if (!starts || fputs("started\n", starts) < 0 || fclose(starts) != 0) {
        return 1;
    }
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    int64_t (*total)(int64_t, int64_t) = (int64_t(*)(int64_t, int64_t))dlsym(library, "library_total");
    if (!total) {
        return 1;
    }
    printf("%lld\n", (long long)total(40, 2));
    return 0;
}
