#include "shm/losses.h"

#include "shm/registry.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::kLossCount;

constinit std::array<Cell, kLossCount> g_totals{};
constinit std::atomic<Cell*> g_mirror{nullptr};

void raise_to(Cell& cell, std::uint64_t total) noexcept {
  // Relaxed: one number, raised only; it orders nothing else.
  std::uint64_t seen = cell.load(std::memory_order_relaxed);
  while (seen < total && !cell.compare_exchange_weak(seen, total, std::memory_order_relaxed,
                                                     std::memory_order_relaxed)) {
  }
}

}  // namespace

void count_loss(layout::Loss loss, std::uint64_t n) noexcept {
  const auto index = static_cast<std::size_t>(loss);
  // seq_cst here and in mirror_losses: of a count and a new mirror that race, at least one must see
  // the other's store, or the segment would miss this loss until the next.
  const std::uint64_t total = g_totals[index].fetch_add(n, std::memory_order_seq_cst) + n;
  Cell* const mirror = g_mirror.load(std::memory_order_seq_cst);
  if (mirror != nullptr) {
    raise_to(mirror[index], total);
  }
}

std::array<std::uint64_t, kLossCount> losses() noexcept {
  std::array<std::uint64_t, kLossCount> totals{};
  for (std::size_t i = 0; i < kLossCount; ++i) {
    totals[i] = g_totals[i].load(std::memory_order_relaxed);  // Relaxed: independent numbers.
  }
  return totals;
}

void mirror_losses(Cell* segment_losses) noexcept {
  g_mirror.store(segment_losses, std::memory_order_seq_cst);  // As in count_loss.
  if (segment_losses == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < kLossCount; ++i) {
    raise_to(segment_losses[i], g_totals[i].load(std::memory_order_seq_cst));
  }
}

void reset_losses_in_child() noexcept {
  // Relaxed: the child has one thread.
  g_mirror.store(nullptr, std::memory_order_relaxed);
  for (Cell& total : g_totals) {
    total.store(0, std::memory_order_relaxed);
  }
}

}  // namespace shmx
