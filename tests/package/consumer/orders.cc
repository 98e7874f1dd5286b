// A program that counts something of its own: 42 orders.
#include <shim/metrics.h>

int main() {
  shmx::counter("orders_total", "Orders taken.").labels({{"kind", "retail"}}).add(42);
  return 0;
}
