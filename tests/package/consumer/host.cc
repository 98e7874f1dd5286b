// A program that knows nothing of the shim: loads the library named, counts 5 in it and closes it,
// in a thread that ends after that.
#include <dlfcn.h>

#include <thread>

int main(int, char** argv) {
  int result = 1;
  std::thread([&] {
    void* const library = dlopen(argv[1], RTLD_NOW);
    if (library != nullptr) {
      result = reinterpret_cast<int (*)(int)>(dlsym(library, "plugin_count"))(5);
      dlclose(library);
    }
  }).join();
  return result;
}
